/// What decides the rows of an analysis, and the limits that it keeps.
package struct AnalysisSettings: Sendable, Hashable {
    package enum Detector: Sendable, Hashable {
        /// People by histograms of oriented gradients, other moving objects by background subtraction; no model file.
        case hog
        /// Whatever classes the model was trained for.
        case model(ModelFile)

        /// What it can tell apart.
        var classNames: [String] {
            switch self {
            case .hog: [ObjectClass.person, .movingObject].map(\.name)
            case .model(let model): model.manifest?.labels ?? COCOLabels.names
            }
        }

        /// Changes whenever the detector would find something else.
        var fingerprint: String {
            switch self {
            case .hog: HOGDetector.fingerprint
            case .model(let model): ModelDetector.fingerprint(of: model)
            }
        }
    }

    /// Frames analysed per second of video, chosen by timestamp; nil for 5.
    package var framesPerSecond: Double?
    package var detector: Detector
    /// Networks that make the vectors, at most one of frames and one of objects; without one ``ImageDescriptor`` does.
    package var embeddingModels: [ModelFile]
    /// A network of the family `depth`; nil for what the ground's geometry tells.
    package var depthModel: ModelFile?
    /// Class names to keep; nil keeps all.
    package var classes: Set<String>?
    /// Longer videos are `too_large`.
    package var maximumSeconds: Double
    /// Frames with more pixels are `too_large`.
    package var maximumPixels: Int
    /// Threads of the decoder and of the detector, each. Does not change the rows.
    package var threads: Int

    package init(
        framesPerSecond: Double? = nil, detector: Detector = .hog, embeddingModels: [ModelFile] = [],
        depthModel: ModelFile? = nil, classes: Set<String>? = nil, maximumSeconds: Double = 4 * 3600,
        maximumPixels: Int = 8192 * 4320,
        threads: Int = 2
    ) {
        self.framesPerSecond = framesPerSecond
        self.detector = detector
        self.embeddingModels = embeddingModels
        self.depthModel = depthModel
        self.classes = classes
        self.maximumSeconds = maximumSeconds
        self.maximumPixels = maximumPixels
        self.threads = threads
    }

    package static let defaultFramesPerSecond = 5.0

    /// Raised whenever the same settings would give other rows than before.
    package static let pipelineVersion = 5

    /// Equal for two analyses that give the same rows: JSON text with sorted keys.
    package var fingerprint: String {
        let classNames = classes.map { names in
            "[" + names.sorted().map(jsonString).joined(separator: ",") + "]"
        }
        let embeddings = [frameModelName, objectModelName].map(jsonString)
        let rate = jsonNumber(framesPerSecond ?? Self.defaultFramesPerSecond, digits: 6)
        let depth = depthModel.map { jsonString(DepthNetwork.fingerprint(of: $0)) } ?? "null"
        return #"{"classes":\#(classNames ?? "null"),"depth":\#(depth),"#
            + #""detector":\#(jsonString(detector.fingerprint)),"#
            + #""embeddings":[\#(embeddings.joined(separator: ","))],"frames_per_second":\#(rate),"#
            + #"\#(inferenceField)"pipeline":\#(Self.pipelineVersion)}"#
    }

    /// All model files that an analysis runs.
    package var models: [ModelFile] {
        let others = embeddingModels + (depthModel.map { [$0] } ?? [])
        if case .model(let model) = detector { return [model] + others }
        return others
    }

    /// What runs the models, in the fingerprint since it changes the last digits of the rows; nothing for OpenCV, which
    /// ran all of them once.
    private var inferenceField: String {
        let others = Set(models.map(\.inference.rawValue)).subtracting([Inference.opencv.rawValue])
        return others.isEmpty ? "" : #""inference":\#(jsonString(others.sorted().joined(separator: ","))),"#
    }

    package func validate() throws(VideoAnalysisError) {
        let known = detector.classNames
        if let name = classes?.subtracting(known).min() {
            let names = known.count <= 20 ? known.joined(separator: ", ") : "\(known.count) others"
            throw VideoAnalysisError(.badSetting, "The detector knows no class \"\(name)\", but \(names).")
        }
        for model in embeddingModels where model.manifest?.family != .embedding {
            let family = model.manifest?.family.rawValue ?? "none, since it has no manifest"
            throw VideoAnalysisError(
                .badSetting,
                "The model \(model.path) must be of the family embedding to describe pictures; it is \(family).")
        }
        for subject in ModelManifest.Subject.allCases where embeddingModels.count(where: { $0.subject == subject }) > 1
        {
            throw VideoAnalysisError(.badSetting, "Only one embedding model can describe \(subject.rawValue).")
        }
        if let rate = framesPerSecond, !(rate.isFinite && rate > 0 && rate <= 1000) {
            throw VideoAnalysisError(
                .badSetting, "Frames per second must be above 0 and at most 1000, not \(rate).")
        }
        guard maximumSeconds > 0, maximumPixels > 0 else {
            throw VideoAnalysisError(.badSetting, "The limits on seconds and pixels must be above 0.")
        }
        guard (1...64).contains(threads) else {
            throw VideoAnalysisError(.badSetting, "Threads must be 1 to 64, not \(threads).")
        }
    }
}
