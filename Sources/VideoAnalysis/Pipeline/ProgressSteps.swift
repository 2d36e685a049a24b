/// Thins out progress to whole percents, or to every 25th frame when the video's length is unknown.
struct ProgressSteps {
    private let duration: Double
    private var fraction = 0.0
    private var framesSinceStep = 0

    /// - Parameter duration: Seconds; 0 when unknown.
    init(duration: Double) {
        self.duration = duration
    }

    /// - Returns: The fraction to report, if it is time to.
    mutating func step(to timestamp: Double) -> Double? {
        framesSinceStep += 1
        let reached = duration > 0 ? min(max(timestamp / duration, 0), 0.99) : 0
        guard reached >= fraction + 0.01 || framesSinceStep >= 25 else { return nil }
        fraction = max(fraction, reached)
        framesSinceStep = 0
        return fraction
    }
}
