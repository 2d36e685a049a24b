/// The best look at an object so far.
struct BestView: Sendable {
    /// Grows with confidence, size and how freely the object is seen.
    var quality: Float
    var frameNumber: Int64
    var timestamp: Double
    var box: BoundingBox
    /// Small: what the descriptor needs.
    var crop: Image
}

/// Keeps the best crop of each of the tracker's tracklets until it is known to which track it belongs.
struct BestViews {
    private static let cropWidth = 64
    private static let cropHeight = 128
    /// A crop is only replaced by one that is better by this factor: copying costs time.
    private static let gain: Float = 1.1

    private var views: [Int: BestView] = [:]
    private var lastSeen: [Int: Double] = [:]

    subscript(tracklet: Int) -> BestView? { views[tracklet] }

    mutating func append(_ objects: [TrackedObject], in frame: DecodedFrame) throws(VideoAnalysisError) {
        for (index, object) in objects.enumerated() where !object.interpolated {
            lastSeen[object.tracklet] = frame.timestamp
            let quality = Self.quality(of: index, in: objects, frame: frame)
            guard quality > (views[object.tracklet]?.quality ?? 0) * Self.gain else { continue }
            let box = object.detection.box
            let crop = try frame.image.cropped(to: box).resized(width: Self.cropWidth, height: Self.cropHeight)
            views[object.tracklet] = BestView(
                quality: quality, frameNumber: frame.frameNumber, timestamp: frame.timestamp, box: box, crop: crop)
        }
    }

    /// Forgets tracklets not seen since before `timestamp`.
    mutating func removeAll(before timestamp: Double) {
        for (tracklet, seen) in lastSeen where seen < timestamp {
            views[tracklet] = nil
            lastSeen[tracklet] = nil
        }
    }

    private static func quality(of index: Int, in objects: [TrackedObject], frame: DecodedFrame) -> Float {
        let detection = objects[index].detection
        let inside = detection.box.clamped(width: Float(frame.image.width), height: Float(frame.image.height))
        guard inside.area >= 16, detection.box.area > 0 else { return 0 }
        let hidden =
            objects.indices.filter { $0 != index }
            .map { objects[$0].detection.box.intersection(with: inside).area / inside.area }.max() ?? 0
        let size = min(inside.area, Float(cropWidth * cropHeight * 4)).squareRoot()
        return max(detection.confidence, 0.01) * size * (1 - min(hidden, 0.9)) * inside.area / detection.box.area
    }
}
