/// What ``ObjectTracker`` knows of one object.
struct Track: Sendable {
    let tracklet: Int
    var trackID: Int?
    private(set) var filter: BoxFilter
    private(set) var lastDetection: Detection
    private(set) var detections = 1
    private(set) var secondsUnseen = 0.0
    /// The filter right after the last detection: from here it is re-run when the object is seen again after a gap.
    private var filterAtLastDetection: BoxFilter
    private var lastTimestamp: Double

    var isConfirmed: Bool { trackID != nil }

    init(_ detection: Detection, tracklet: Int, timestamp: Double, settings: TrackerSettings) {
        self.tracklet = tracklet
        filter = BoxFilter(detection.box, noise: settings.noise)
        filterAtLastDetection = filter
        lastDetection = detection
        lastTimestamp = timestamp
    }

    mutating func predict(seconds: Double, noise: BoxFilter.Noise) {
        filter.predict(seconds: seconds, noise: noise)
        secondsUnseen += seconds
    }

    mutating func observe(_ detection: Detection, at timestamp: Double, settings: TrackerSettings) {
        filter.correct(
            with: detection.box, trust: min(max(Double(detection.confidence), 0.3), 1), noise: settings.noise)
        filterAtLastDetection = filter
        lastDetection = detection
        lastTimestamp = timestamp
        detections += 1
        secondsUnseen = 0
    }
}

/// A box widened by a share of its size on each side, with its area, ready to be compared many times.
struct BufferedBox {
    let low: SIMD2<Double>
    let high: SIMD2<Double>
    let area: Double

    init(_ box: BoundingBox, buffer: Double) {
        let low = SIMD2(Double(box.x1), Double(box.y1))
        let high = SIMD2(Double(box.x2), Double(box.y2))
        let margin = (high - low) * buffer
        self.low = low - margin
        self.high = high + margin
        let size = self.high - self.low
        area = size.x * size.y
    }

    func overlap(with other: BufferedBox) -> Double {
        let width = min(high.x, other.high.x) - max(low.x, other.low.x)
        guard width > 0 else { return 0 }
        let height = min(high.y, other.high.y) - max(low.y, other.low.y)
        guard height > 0 else { return 0 }
        let intersection = width * height
        return intersection / (area + other.area - intersection)
    }
}
