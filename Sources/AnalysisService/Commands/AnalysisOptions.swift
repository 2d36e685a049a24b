import ArgumentParser
import VideoAnalysis

/// What decides how a file is analysed on this machine, for every command that analyses one.
struct AnalysisOptions: ParsableArguments {
    /// The detector that needs no model.
    static let hog = "hog"

    // Unconditional: a number below 0 is told as such.
    @Option(parsing: .unconditional, help: "Frames analysed per second of video (default: 5).")
    var fps: Double?

    @Option(name: .customLong("class"), help: "Keep only objects of this class; may be given several times.")
    var classes: [String] = []

    @Option(
        help: ArgumentHelp(
            "hog: people by their outline, and whatever else moves, without a model file. Or a model: its manifest "
                + "(.json) or its ONNX file.", valueName: "hog|model"))
    var detector: String = Self.hog

    @Option(
        name: .customLong("depth-model"),
        help: ArgumentHelp(
            "A network that gives depth, such as MiDaS: its manifest (.json), or its ONNX file with the manifest "
                + "beside it.", valueName: "model"))
    var depthModel: String?

    @Option(help: "The library that runs models; openvino only where the program was built with it.")
    var inference: Inference = .standard

    @Option(help: "Refuse longer videos.")
    var maximumSeconds: Double = AnalysisSettings().maximumSeconds

    @Option(help: "Refuse videos with more pixels in a frame.")
    var maximumPixels: Int = AnalysisSettings().maximumPixels

    @Option(help: "Threads of the decoder and of OpenCV, each. Does not change the result.")
    var threads: Int = AnalysisSettings().threads

    func validate() throws {
        do throws(ModelError) {
            _ = try detectorModel
        } catch {
            throw ValidationError("--detector: \(error)")
        }
        do throws(ModelError) {
            if let depthModel { _ = try ModelReference(parsing: depthModel, isLocal: true) }
        } catch {
            throw ValidationError("--depth-model: \(error)")
        }
        guard inference.isBuiltIn else {
            throw ValidationError("--inference: OpenVINO is not built in; build with OPENVINO_DIR set")
        }
        do {
            _ = try VideoAnalyzer(settings: settings(detector: .hog))
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Whether any differs from its default.
    var areGiven: Bool {
        settings(detector: .hog) != AnalysisSettings() || detector != Self.hog || depthModel != nil
            || inference != .standard
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

    /// Reads the models, if there are any: what is wrong with them is known before the video is opened.
    func loadedSettings(embeddingModels: [String] = []) async throws -> AnalysisSettings {
        let model = try detectorModel
        let (inference, depthModel) = (inference, depthModel)
        do throws(ModelError) {
            let (file, embedding, depth) = try await OwnThread.run {
                Result { () throws(ModelError) in
                    var file: ModelFile?
                    if let model { file = try ModelFile(loading: model.description, inference) }
                    let depth = try ModelFile.loading(depthModel.map { [$0] } ?? [], inference).first
                    return (file, try ModelFile.loading(embeddingModels, inference), depth)
                }
            }
            var loaded = settings(detector: file.map { .model($0) } ?? .hog)
            loaded.embeddingModels = embedding
            loaded.depthModel = depth
            return loaded
        } catch {
            throw AnalyzeFailure(VideoAnalysisError(.badSetting, "\(error)")).exit()
        }
    }
}

extension Inference: ExpressibleByArgument {}
