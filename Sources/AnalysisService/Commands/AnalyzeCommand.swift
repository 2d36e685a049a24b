import ArgumentParser
import Glibc
import VideoAnalysis

/// `analysis-service analyze`: one file, without server or database. The service runs it as its child.
struct AnalyzeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Analyse a video file on this machine.",
        discussion: """
            Needs no server and no database. Only the result goes to standard output. A file that cannot be analysed \
            ends with an exit code other than 0 and a line "code: sentence" on standard error: 65 for the video, 66 \
            for a file that is missing, 64 for wrong usage, 73 for an output that cannot be created, 74 for a full \
            disk.
            """)

    enum Format: String, Sendable, CaseIterable, ExpressibleByArgument {
        case summary, json, mot
    }

    @Argument(help: "The video.")
    var file: String

    @Option(help: "Write each table's rows into this folder, in PostgreSQL's binary COPY format; made when missing.")
    var spool: String?

    @Option(help: "A summary for people, one JSON object, or a MOTChallenge line for each object in each frame.")
    var format: Format = .summary

    @Option(help: "Where the result goes instead of standard output.")
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write the video with what was found drawn into it: boxes with class, track and confidence.",
            valueName: "video.mp4"))
    var annotate: String?

    @OptionGroup
    var options: AnalysisOptions

    @Option(
        name: .customLong("embedding-model"),
        help: ArgumentHelp(
            "A network that makes the vectors of frames or of objects: its manifest (.json). May be given twice.",
            valueName: "model"))
    var embeddingModels: [String] = []

    @Option(help: "The video's id in the rows of --spool (default: the file's name without .mp4).")
    var videoID: String?

    @Option(help: "The analysis' number in the rows of --spool.")
    var analysisID: Int64 = 1

    @Flag(help: ArgumentHelp("Print progress and the summary as JSON lines, as the service reads them."))
    var jsonLines = false

    func validate() throws {
        do throws(ModelError) {
            for model in embeddingModels { _ = try ModelReference(parsing: model, isLocal: true) }
        } catch {
            throw ValidationError("--embedding-model: \(error)")
        }
        guard !jsonLines || (output == nil && format == .summary && annotate == nil) else {
            throw ValidationError("--json-lines goes with neither --output, --format nor --annotate")
        }
        if let annotate {
            guard annotate.lowercased().hasSuffix(".mp4") else {
                throw ValidationError("--annotate: \(annotate) is no .mp4 file, and no other kind is written")
            }
            guard annotate != output else { throw ValidationError("--annotate and --output name the same file") }
        }
    }

    func run() async throws {
        TerminationSignals.install()
        let job = LocalAnalysis(
            file: file, settings: try await options.loadedSettings(embeddingModels: embeddingModels),
            spoolFolder: spool, videoID: videoID ?? defaultVideoID,
            analysisID: analysisID, form: jsonLines ? .lines : .result(format), output: output,
            annotatedVideo: annotate)
        do throws(AnalyzeFailure) {
            try await OwnThread.run {
                Result { () throws(AnalyzeFailure) in try job.run(isCancelled: { TerminationSignals.received != nil }) }
            }
        } catch {
            if let signal = TerminationSignals.received { throw ExitCode(128 + signal) }
            throw error.exit()
        }
    }

    private var defaultVideoID: String {
        let name = file.split(separator: "/").last ?? file[...]
        return String(name.hasSuffix(".mp4") ? name.dropLast(".mp4".count) : name)
    }
}

extension AnalyzeFailure {
    /// Prints the line, and is the exit code.
    func exit() -> ExitCode {
        ErrorOutput.write(line + "\n")
        return ExitCode(exitCode)
    }
}
