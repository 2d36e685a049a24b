import COpenCV

/// Tells whether the camera moves, by corner points that are followed from frame to frame.
///
/// A camera that has moved counts as moving for a little longer, so that one calm frame in a pan does not start a
/// background that the next frame makes worthless.
final class CameraMotion {
    /// A point may move so far, in widths of the frame, on a camera that stands still.
    private static let tolerance: Float = 0.002
    private static let calmSeconds = 0.6

    private let handle: OpaquePointer
    private var lastMovement: Double?

    init() throws(VideoAnalysisError) {
        handle = try Image.make { result, error in copencv_motion_create(result, error) }
    }

    deinit {
        copencv_motion_release(handle)
    }

    /// Whether the camera moves in this frame, or the scene has changed.
    func update(with frame: DecodedFrame) throws(VideoAnalysisError) -> Bool {
        var displacement = copencv_displacement()
        let tolerance = Self.tolerance * Float(frame.image.width)
        try Image.check { error in
            copencv_motion_update(handle, frame.image.handle, max(tolerance, 1), &displacement, error)
        }
        let isLost = displacement.points >= 10 && displacement.followed * 4 < displacement.points
        if isLost || (displacement.followed >= 5 && displacement.moved > 0.5) { lastMovement = frame.timestamp }
        guard let lastMovement else { return false }
        return frame.timestamp - lastMovement < Self.calmSeconds
    }
}
