import Foundation

/// A network that finds objects in one image, whatever was before it.
struct DetectionNetwork: Sendable {
    /// Less sure candidates are left out: the tracker has no use for them.
    private static let minimumScore: Float = 0.1
    /// Of two boxes of one class that overlap by more, the surer stays; as YOLOX suppresses by default.
    private static let overlap: Float = 0.45
    /// The surest candidates of an image that take part in the suppression, whose cost is quadratic.
    private static let mostCandidates = 3000
    /// Of the networks that take any size, whose input must be a multiple of it.
    private static let coarsestStride = 32

    /// What the network computes with: the manifest's, or less where the images leave a part of it empty.
    var input: ModelManifest.Input { network.input }

    private let network: Network
    private let head: any DetectionHead
    private let classes: [ObjectClass]

    /// Loads the network and runs it once, so that whatever does not fit is known now.
    ///
    /// - Parameters:
    ///   - manifest: nil recognises the family by the outputs' shapes.
    ///   - imageSize: of the images to come, in pixels. A network that takes any size computes only what they cover of
    ///     its input (docs/decisions/0022).
    ///   - copies: how many images it works on at once.
    /// - Throws: `badSetting` with what does not fit.
    init(
        onnx: [UInt8], manifest: ModelManifest?, imageSize: (width: Int, height: Int)? = nil,
        inference: Inference = .standard, copies: Int = 1
    ) throws(VideoAnalysisError) {
        let manifest = if let manifest { manifest } else { try Self.recognise(onnx, inference) }
        if let size = imageSize, manifest.family.takesAnySize {
            let place = InputPlacement(imageWidth: size.width, imageHeight: size.height, input: manifest.input)
            var trimmed = manifest
            trimmed.input = place.trimmed(manifest.input, stride: Self.coarsestStride)
            let declared = try Network.declaredSize(onnx: onnx)
            let isDeclared =
                declared.width ?? manifest.input.width == manifest.input.width
                && declared.height ?? manifest.input.height == manifest.input.height
            // A file may still hold numbers that only fit the size it declares.
            if isDeclared, trimmed.input != manifest.input,
                case .success(let network) = Result(catching: { () throws(VideoAnalysisError) in
                    try Self(onnx, trimmed, isResized: true, inference, copies)
                })
            {
                self = network
                return
            }
        }
        try self.init(onnx, manifest, isResized: false, inference, copies)
    }

    private init(
        _ onnx: [UInt8], _ manifest: ModelManifest, isResized: Bool, _ inference: Inference, _ copies: Int
    ) throws(VideoAnalysisError) {
        let network = try Network(
            onnx: onnx, input: manifest.input, isResized: isResized, inference: inference, copies: copies)
        let outputs = try network.runOnBlank()
        let heads = manifest.family.heads
        guard !heads.isEmpty else {
            throw VideoAnalysisError(
                .badSetting, "A model of the family \(manifest.family.rawValue) is no detector.")
        }
        let found = heads.lazy.compactMap {
            $0.init(outputs: outputs, input: manifest.input, labelCount: manifest.labels.count)
        }.first
        guard let head = found else {
            throw VideoAnalysisError(
                .badSetting, "The model's outputs \(outputs.shapes) are not those of \(manifest.family.rawValue).")
        }
        if let count = head.classCount, count != manifest.labels.count {
            throw VideoAnalysisError(
                .badSetting, "The model tells \(count) classes apart, but has \(manifest.labels.count) labels.")
        }
        self.network = network
        self.head = head
        classes = COCOLabels.classes(named: manifest.labels)
    }

    /// - Returns: the objects, the surest first, cut off at the image's edges.
    func detect(in image: Image) throws(VideoAnalysisError) -> [Detection] {
        let place = network.placement(of: image)
        let (width, height) = (Float(image.width), Float(image.height))
        let outputs = try network.run(image)
        var detections = head.candidates(in: outputs, minimumScore: Self.minimumScore).compactMap { candidate in
            classes.indices.contains(candidate.label)
                ? Detection(
                    box: place.inImage(candidate.box).clamped(width: width, height: height),
                    confidence: min(candidate.score, 1), objectClass: classes[candidate.label]) : nil
        }
        if detections.count > Self.mostCandidates {
            detections.sort { $0.confidence > $1.confidence }
            detections.removeLast(detections.count - Self.mostCandidates)
        }
        return nonMaximumSuppression(detections, overlap: Self.overlap).map { detections[$0] }
    }

    /// What a model without a manifest most likely is.
    private static func recognise(
        _ onnx: [UInt8], _ inference: Inference
    ) throws(VideoAnalysisError) -> ModelManifest {
        let size = try Network.declaredSize(onnx: onnx)
        guard let width = size.width, let height = size.height else {
            throw VideoAnalysisError(
                .badSetting, "The model file leaves the size of its input open: it needs a manifest that names it.")
        }
        let input = ModelManifest.Input(width: width, height: height, channels: .rgb, range: 0...1)
        // Most files declare what a run would show.
        let outputs =
            if let declared = try Network.declaredOutputs(onnx: onnx) {
                declared
            } else {
                try Network(onnx: onnx, input: input, inference: inference).runOnBlank()
            }
        for family in ModelManifest.Family.recognisable {
            for head in family.heads {
                guard let found = head.init(outputs: outputs, input: input, labelCount: nil) else { continue }
                guard found.classCount == COCOLabels.names.count else {
                    let count = found.classCount.map { "\($0) classes" } ?? "classes"
                    throw VideoAnalysisError(
                        .badSetting,
                        "The model looks like \(family.rawValue) with \(count) that are not COCO's: "
                            + "it needs a manifest with their labels.")
                }
                return ModelManifest(
                    family: family, input: family.usualInput(width: width, height: height), labels: COCOLabels.names)
            }
        }
        throw VideoAnalysisError(
            .badSetting, "The model's outputs \(outputs.shapes) are of no known family: it needs a manifest.")
    }
}

extension Network {
    /// Runs the network on a gray image.
    ///
    /// - Throws: `badSetting` when that fails.
    fileprivate func runOnBlank() throws(VideoAnalysisError) -> [Tensor] {
        let blank = try Image(width: input.width, height: input.height, format: .bgr8) { pixels, _ in
            for index in pixels.indices { pixels[index] = 114 }
        }
        do throws(VideoAnalysisError) {
            return try run(blank)
        } catch {
            guard error.code == .internalError else { throw error }
            throw VideoAnalysisError(.badSetting, "The model cannot be run. \(error.message)")
        }
    }
}

extension [Tensor] {
    fileprivate var shapes: String { map { "\($0.name) \($0.shapeText)" }.joined(separator: ", ") }
}

extension ModelManifest.Family {
    /// The families that shapes tell apart, those with more to go by first.
    fileprivate static let recognisable: [Self] = [.yolox, .yolov5, .yolov8, .yolonas, .nanodet, .ssd]

    /// Whether the boxes are decoded by the head alone, so that the file need hold nothing of the input's size.
    fileprivate var takesAnySize: Bool { self == .yolox || self == .nanodet }

    fileprivate var heads: [any DetectionHead.Type] {
        switch self {
        case .yolox: [YOLOXHead.self]
        case .yolov5: [YOLOv5Head.self]
        case .yolov8: [YOLOv8Head.self]
        case .yolonas: [YOLONASHead.self]
        case .nanodet: [NanoDetHead.self]
        case .ssd: [SuppressedSSDHead.self, SSDHead.self]
        case .depth, .embedding: []
        }
    }

    /// What the family's authors train with.
    fileprivate func usualInput(width: Int, height: Int) -> ModelManifest.Input {
        switch self {
        case .yolox:
            .init(width: width, height: height, channels: .bgr, range: 0...255, letterbox: .topleft, pad: 114)
        case .nanodet:
            .init(
                width: width, height: height, channels: .bgr, range: 0...255, mean: [103.53, 116.28, 123.675],
                std: [57.375, 57.12, 58.395])
        case .ssd:
            .init(
                width: width, height: height, channels: .rgb, range: 0...255, mean: [127, 127, 127],
                std: [128, 128, 128])
        case .yolov5, .yolov8, .yolonas, .depth, .embedding:
            .init(width: width, height: height, channels: .rgb, range: 0...1, letterbox: .center, pad: 114)
        }
    }
}
