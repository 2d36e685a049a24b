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
            for a file that is missing, 64 for wrong usage, 74 for a full disk.
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

    @Option(help: "Frames analysed per second of video (default: 5).")
    var fps: Double?

    @Option(name: .customLong("class"), help: "Keep only objects of this class; may be given several times.")
    var classes: [String] = []

    @Option(
        help: ArgumentHelp(
            "hog: people by their outline, and whatever else moves, without a model file. Or a model: its manifest "
                + "(.json) or its ONNX file.", valueName: "hog|model"))
    var detector: String = Self.hog

    @Option(
        name: .customLong("embedding-model"),
        help: ArgumentHelp(
            "A network that makes the vectors of frames or of objects: its manifest (.json). May be given twice.",
            valueName: "model"))
    var embeddingModels: [String] = []

    /// The detector that needs no model.
    static let hog = "hog"

    @Option(help: "The video's id in the rows of --spool (default: the file's name without .mp4).")
    var videoID: String?

    @Option(help: "The analysis' number in the rows of --spool.")
    var analysisID: Int64 = 1

    @Option(help: "Refuse longer videos.")
    var maximumSeconds: Double = AnalysisSettings().maximumSeconds

    @Option(help: "Refuse videos with more pixels in a frame.")
    var maximumPixels: Int = AnalysisSettings().maximumPixels

    @Option(help: "Threads of the decoder and of OpenCV, each. Does not change the result.")
    var threads: Int = AnalysisSettings().threads

    @Flag(help: ArgumentHelp("Print progress and the summary as JSON lines, as the service reads them."))
    var jsonLines = false

    func validate() throws {
        do throws(ModelError) {
            _ = try detectorModel
        } catch {
            throw ValidationError("--detector: \(error)")
        }
        do throws(ModelError) {
            for model in embeddingModels { _ = try ModelReference(parsing: model, isLocal: true) }
        } catch {
            throw ValidationError("--embedding-model: \(error)")
        }
        guard !jsonLines || (output == nil && format == .summary) else {
            throw ValidationError("--json-lines goes with neither --output nor --format")
        }
        do {
            _ = try VideoAnalyzer(settings: settings(detector: .hog))
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Nil for the detector that needs none.
    private var detectorModel: ModelReference? {
        get throws(ModelError) { detector == Self.hog ? nil : try ModelReference(parsing: detector, isLocal: true) }
    }

    private func settings(detector: AnalysisSettings.Detector) -> AnalysisSettings {
        AnalysisSettings(
            framesPerSecond: fps, detector: detector,
            classes: classes.isEmpty ? nil : Set(classes), maximumSeconds: maximumSeconds,
            maximumPixels: maximumPixels, threads: threads)
    }

    func run() async throws {
        TerminationSignals.install()
        let job = LocalAnalysis(
            file: file, settings: try await loadedSettings(), spoolFolder: spool, videoID: videoID ?? defaultVideoID,
            analysisID: analysisID, form: jsonLines ? .lines : .result(format), output: output)
        do throws(AnalyzeFailure) {
            try await OwnThread.run {
                Result { () throws(AnalyzeFailure) in try job.run(isCancelled: { TerminationSignals.received != nil }) }
            }
        } catch {
            if let signal = TerminationSignals.received { throw ExitCode(128 + signal) }
            throw error.exit()
        }
    }

    /// Reads the models, if there are any: what is wrong with them is known before the video is opened.
    private func loadedSettings() async throws -> AnalysisSettings {
        let model = try detectorModel
        let embeddingModels = embeddingModels
        do throws(ModelError) {
            let (file, embedding) = try await OwnThread.run {
                Result { () throws(ModelError) in
                    var file: ModelFile?
                    if let model { file = try ModelFile(loading: model.description) }
                    return (file, try ModelFile.loading(embeddingModels))
                }
            }
            var loaded = settings(detector: file.map { .model($0) } ?? .hog)
            loaded.embeddingModels = embedding
            return loaded
        } catch {
            throw AnalyzeFailure(VideoAnalysisError(.badSetting, "\(error)")).exit()
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
