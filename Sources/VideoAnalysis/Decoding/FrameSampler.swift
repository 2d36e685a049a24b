/// Chooses the frames to analyse by their timestamps: the first in each of the slots of `1 / framesPerSecond` seconds.
struct FrameSampler {
    private let framesPerSecond: Double
    private let tolerance: Double
    private var nextSlot = 0.0

    /// - Parameter videoFramesPerSecond: The video's own rate, 0 when unknown. A frame may come a quarter of a frame
    ///   before its slot, since containers round timestamps.
    init(framesPerSecond: Double, videoFramesPerSecond: Double) {
        self.framesPerSecond = framesPerSecond
        let quarterFrame = videoFramesPerSecond > 0 ? 0.25 * framesPerSecond / videoFramesPerSecond : 0
        tolerance = min(max(quarterFrame, 1e-6), 0.5)
    }

    mutating func takes(_ timestamp: Double) -> Bool {
        let slot = (timestamp * framesPerSecond + tolerance).rounded(.down)
        guard slot >= nextSlot else { return false }
        nextSlot = slot + 1
        return true
    }
}
