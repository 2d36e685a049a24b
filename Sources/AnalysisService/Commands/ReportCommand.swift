import ArgumentParser
import Foundation
import VideoAnalysis

/// `analysis-service report VIDEO_ID|FILE --output report.html`: one page that shows what an analysis found.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write one HTML page that shows what an analysis found.",
        discussion: """
            With a file it analyses the file on this machine, without server or database, as analyze does. With a \
            video's id it reads the stored rows from the database of DB_SECRET_ARN or DATABASE_URL; no service is \
            needed. The page needs nothing else: pictures and style are inside, no script runs.

            Examples:
              analysis-service report clip.mp4 --output report.html
              analysis-service report test-001 --output report.html
            """)

    @Argument(help: "A video file, or the id of a stored video. A file that exists wins; see --stored.")
    var video: String

    @Option(help: "The page; - for standard output.")
    var output: String

    @Flag(help: "Take the argument as the id of a stored video even when there is a file of that name.")
    var stored = false

    @OptionGroup(title: "Options for a file")
    var options: AnalysisOptions

    func run() async throws {
        TerminationSignals.install()
        if !stored, InputFile.exists(video) {
            ErrorOutput.write("\(video) is a file: it is analysed now. For a stored video of that id: --stored\n")
            try await reportFile()
        } else {
            try await reportStored()
        }
    }

    private var outputPath: String? { output == "-" ? nil : output }

    private func reportFile() async throws {
        let report = LocalReport(file: video, settings: try await options.loadedSettings(), output: outputPath)
        do throws(AnalyzeFailure) {
            try await OwnThread.run {
                Result { () throws(AnalyzeFailure) in
                    try report.run(isCancelled: { TerminationSignals.received != nil })
                }
            }
        } catch {
            if let signal = TerminationSignals.received { throw ExitCode(128 + signal) }
            throw error.exit()
        }
    }

    private func reportStored() async throws {
        guard !options.areGiven else {
            Startup.say("there is no file \(video), and the options of an analysis do not go with a stored video")
            throw ExitCode(AnalyzeFailure.settingExitCode)
        }
        let environment = ProcessInfo.processInfo.environment
        if !stored, ["DATABASE_URL", "DB_SECRET_ARN"].allSatisfy({ (environment[$0] ?? "").isEmpty }) {
            Startup.say(
                "there is no file \(video), and no database in which it could be a video's id: "
                    + "set DATABASE_URL or DB_SECRET_ARN")
            throw Startup.configurationExitCode
        }
        let (videoID, outputPath) = (video, outputPath)
        try await DatabaseCommand.run { store, _ in
            switch try await store.report(videoID: videoID) {
            case .found(let report):
                do throws(AnalyzeFailure) {
                    try report.write(to: outputPath)
                } catch {
                    throw error.exit()
                }
            case .unknownVideo:
                Startup.say("there is no file and no stored video \(videoID)")
                throw ExitCode.failure
            case .notAnalysed(let newest):
                Startup.say("no analysis of video \(videoID) has completed" + Self.state(of: newest))
                throw ExitCode.failure
            }
        }
    }

    private static func state(of newest: AnalysisRecord?) -> String {
        guard let newest else { return "" }
        let reason = [newest.errorCode, newest.errorMessage].compactMap(\.self).joined(separator: ": ")
        let progress = newest.state == .processing ? " (\(newest.progress) %)" : ""
        return "; its newest one, \(newest.analysisID), is \(newest.state.rawValue)\(progress)"
            + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension VideoReport {
    /// Writes the page all at once under its name; nil for standard output.
    func write(to output: String?) throws(AnalyzeFailure) {
        let file = try ResultFile(output)
        do throws(VideoAnalysisError) {
            try write(to: file)
            try file.finish()
        } catch {
            throw AnalyzeFailure(error)
        }
    }

    func write(to file: ResultFile) throws(VideoAnalysisError) {
        try ReportPage(report: self).write { (piece) throws(VideoAnalysisError) in try file.write(Array(piece.utf8)) }
    }
}
