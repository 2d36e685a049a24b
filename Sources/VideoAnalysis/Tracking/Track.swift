/// What ``ObjectTracker`` knows of one object.
struct Track: Sendable {
    let tracklet: Int
    var trackID: Int?
    private(set) var filter: BoxFilter
    private(set) var lastDetection: Detection
    private(set) var detections = 1
    private(set) var secondsUnseen = 0.0
    private(set) var framesUnseen = 0
    /// The filter right after the last detection: from here it is re-run when the object is seen again after a gap.
    private var filterAtLastDetection: BoxFilter
    private var lastTimestamp: Double

    /// Steps of a re-run: enough to settle the velocity, however many frames were missed.
    private static let longestRerun = 64

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

    mutating func miss() { framesUnseen += 1 }

    /// Runs the filter again from the last detection as if the object had gone straight to the new one: what it
    /// guessed meanwhile had no observation to hold it (OC-SORT's observation-centric re-update).
    private mutating func rerun(
        to box: BoundingBox, seconds: Double, trust: Double, noise: BoxFilter.Noise
    ) {
        let start = BoxFilter.state(of: lastDetection.box)
        let end = BoxFilter.state(of: box)
        let count = min(framesUnseen + 1, Self.longestRerun)
        filter = filterAtLastDetection
        for step in 1...count {
            filter.predict(seconds: seconds / Double(count), noise: noise)
            let state = start + (end - start) * (Double(step) / Double(count))
            filter.correct(with: BoxFilter.box(of: state), trust: trust, noise: noise)
        }
    }

    mutating func observe(_ detection: Detection, at timestamp: Double, settings: TrackerSettings) {
        let trust = min(max(Double(detection.confidence), 0.3), 1)
        if framesUnseen > 0 {
            rerun(to: detection.box, seconds: timestamp - lastTimestamp, trust: trust, noise: settings.noise)
        } else {
            filter.correct(with: detection.box, trust: trust, noise: settings.noise)
        }
        framesUnseen = 0
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
