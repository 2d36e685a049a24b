import COpenCV

/// Tells what moves before a background that stands still: a mixture of Gaussians a pixel (Zivkovic, 2004).
///
/// It learns by time, not by frame, so it works the same on every frame of a video and on five a second.
final class BackgroundModel {
    struct Blob {
        var box: BoundingBox
        /// Pixels that belong to it.
        var area: Float
    }

    /// How long the background's memory is. A thing that stops becomes background after about a tenth of it.
    private static let memorySeconds = 60.0

    private let handle: OpaquePointer
    private var framesSeen = 0
    private var lastTimestamp = 0.0
    /// The share of the last frame that was foreground.
    private(set) var foreground = 0.0

    init() throws(VideoAnalysisError) {
        handle = try Image.make { result, error in copencv_background_create(result, error) }
    }

    deinit {
        copencv_background_release(handle)
    }

    /// Whether enough has been seen to tell foreground from background.
    var isReady: Bool { framesSeen > 1 }

    /// Forgets everything: the next frame starts a new background.
    func reset() {
        framesSeen = 0
    }

    func update(with frame: DecodedFrame) throws(VideoAnalysisError) {
        let elapsed = max(frame.timestamp - lastTimestamp, 0)
        // While young the model is the plain mean of what it has seen: what stood there at first is soon forgotten.
        let rate = framesSeen == 0 ? 1 : min(max(elapsed / Self.memorySeconds, 1 / Double(framesSeen + 1)), 0.5)
        lastTimestamp = frame.timestamp
        framesSeen += 1
        var share = 0.0
        try Image.check { error in
            copencv_background_update(handle, frame.image.handle, rate, &share, error)
        }
        foreground = share
    }

    /// The connected parts of the foreground, from the top.
    func blobs(minimumArea: Float) throws(VideoAnalysisError) -> [Blob] {
        var list = copencv_list()
        defer { copencv_list_release(list) }
        try Image.check { error in copencv_background_blobs(handle, minimumArea, &list, error) }
        return list.items(as: copencv_blob.self).map { Blob(box: BoundingBox($0.box), area: $0.area) }
    }

    /// The share of each box that is foreground.
    func coverage(of boxes: [BoundingBox]) throws(VideoAnalysisError) -> [Float] {
        let boxes = boxes.map { copencv_box($0) }
        var shares = [Float](repeating: 0, count: boxes.count)
        try Image.check { error in
            boxes.withUnsafeBufferPointer { boxes in
                shares.withUnsafeMutableBufferPointer { shares in
                    copencv_background_coverage(handle, boxes.baseAddress, boxes.count, shares.baseAddress, error)
                }
            }
        }
        return shares
    }
}
