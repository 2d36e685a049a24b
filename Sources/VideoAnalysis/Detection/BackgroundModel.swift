import COpenCV

/// Tells what moves before a background that stands still: a mixture of Gaussians a pixel (Zivkovic, 2004).
///
/// It learns by time, not by frame, so it works the same on every frame of a video and on five a second.
final class BackgroundModel {
    /// How long the background's memory is. A thing that stops becomes background after about a tenth of it.
    private static let memorySeconds = 60.0
    /// More foreground than this is a change of light or scene, not objects.
    private static let flood = 0.4

    private let handle: OpaquePointer
    private var framesSeen = 0
    private var lastTimestamp = 0.0

    init() throws(VideoAnalysisError) {
        handle = try Image.make { result, error in copencv_background_create(result, error) }
    }

    deinit {
        copencv_background_release(handle)
    }

    /// Forgets everything: the next frame starts a new background.
    func reset() {
        framesSeen = 0
    }

    /// - Returns: Nil while too little has been seen to tell foreground from background.
    func update(with frame: DecodedFrame) throws(VideoAnalysisError) -> Foreground? {
        let elapsed = max(frame.timestamp - lastTimestamp, 0)
        // While young the model is the plain mean of what it has seen: what stood there at first is soon forgotten.
        let rate = framesSeen == 0 ? 1 : min(max(elapsed / Self.memorySeconds, 1 / Double(framesSeen + 1)), 0.5)
        lastTimestamp = frame.timestamp
        framesSeen += 1
        let foreground = Foreground(
            adopting: try Image.make { result, error in
                copencv_background_update(handle, frame.image.handle, rate, result, error)
            })
        guard framesSeen > 1 else { return nil }
        guard foreground.share <= Self.flood else {
            reset()
            return nil
        }
        return foreground
    }
}
