/// The best look at an object so far.
struct BestView: Sendable {
    /// Grows with confidence, size and how freely the object is seen.
    var quality: Float
    var frameNumber: Int64
    var timestamp: Double
    var box: BoundingBox
    /// No larger than the embedder needs.
    var crop: Image
}

/// Keeps the best crop of each of the tracker's tracklets until it is known to which track it belongs.
struct BestViews {
    /// Up to this area, in pixels, a larger look is a better one.
    private static let largestArea: Float = 128 * 256
    /// What a look is worth that ends at the picture's edge, where a part of the object is likely outside.
    private static let edgeFactor: Float = 0.5
    /// A crop is only replaced by one that is better by this factor: copying costs time.
    private static let gain: Float = 1.1

    private let inputWidth: Int
    private let inputHeight: Int
    private var views: [Int: BestView] = [:]
    private var lastSeen: [Int: Double] = [:]
    /// Of the views that were compared.
    private var vectors: [Int: [Float]] = [:]

    /// The embedder's input: a larger crop is of no use.
    init(inputWidth: Int, inputHeight: Int) {
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    subscript(tracklet: Int) -> BestView? { views[tracklet] }

    mutating func append(_ objects: [TrackedObject], in frame: DecodedFrame) throws(VideoAnalysisError) {
        for (index, object) in objects.enumerated() where !object.interpolated {
            lastSeen[object.tracklet] = frame.timestamp
            let quality = Self.quality(of: index, in: objects, frame: frame)
            guard quality > (views[object.tracklet]?.quality ?? 0) * Self.gain else { continue }
            let box = object.detection.box
            let crop = try reduced(try frame.image.cropped(to: box))
            views[object.tracklet] = BestView(
                quality: quality, frameNumber: frame.frameNumber, timestamp: frame.timestamp, box: box, crop: crop)
            vectors[object.tracklet] = nil
        }
    }

    /// How unlike two tracklets look: 1 less the cosine of the angle between their views' vectors, at most 1. Nil when
    /// one was never seen well enough.
    mutating func difference(
        _ first: Int, _ second: Int, by embedder: any ImageEmbedder
    ) throws(VideoAnalysisError) -> Double? {
        guard let one = try vector(of: first, by: embedder), let other = try vector(of: second, by: embedder) else {
            return nil
        }
        let cosine = zip(one, other).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        return min(max(1 - cosine, 0), 1)
    }

    private mutating func vector(of tracklet: Int, by embedder: any ImageEmbedder) throws(VideoAnalysisError)
        -> [Float]?
    {
        if let known = vectors[tracklet] { return known }
        guard let view = views[tracklet] else { return nil }
        let vector = try embedder.embed(view.crop)
        vectors[tracklet] = vector
        return vector
    }

    /// Forgets tracklets not seen since before `timestamp`.
    mutating func removeAll(before timestamp: Double) {
        for (tracklet, seen) in lastSeen where seen < timestamp {
            views[tracklet] = nil
            vectors[tracklet] = nil
            lastSeen[tracklet] = nil
        }
    }

    /// A copy that keeps its shape, so small that one side is the input's; a small crop stays as it is.
    private func reduced(_ crop: Image) throws(VideoAnalysisError) -> Image {
        let scale = max(Double(inputWidth) / Double(crop.width), Double(inputHeight) / Double(crop.height))
        guard scale < 1 else { return crop }
        return try crop.resized(
            width: Int((Double(crop.width) * scale).rounded()), height: Int((Double(crop.height) * scale).rounded()))
    }

    /// Confidence, times the length of an equal square's side, times the share that no other object hides.
    private static func quality(of index: Int, in objects: [TrackedObject], frame: DecodedFrame) -> Float {
        let detection = objects[index].detection
        let (width, height) = (Float(frame.image.width), Float(frame.image.height))
        let inside = detection.box.clamped(width: width, height: height)
        guard inside.area >= 16, detection.box.area > 0 else { return 0 }
        let hidden =
            objects.indices.filter { $0 != index }
            .map { objects[$0].detection.box.intersection(with: inside).area / inside.area }.max() ?? 0
        let side = min(inside.area, largestArea).squareRoot()
        let reachesEdge = inside.x1 < 1 || inside.y1 < 1 || inside.x2 > width - 1 || inside.y2 > height - 1
        let shown = inside.area / detection.box.area * (reachesEdge ? edgeFactor : 1)
        return max(detection.confidence, 0.01) * side * (1 - min(hidden, 0.9)) * shown
    }
}
