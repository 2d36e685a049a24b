/// Finds what moves in frames ahead of the one in which people are looked for, on a thread of its own.
///
/// Announced frames are looked at in their order, whatever becomes of the detections, so the result does not depend on
/// when a thread ran.
final class SceneWatch {
    private typealias Outcome = Result<Foreground?, VideoAnalysisError>

    private let frames = BoundedQueue<DecodedFrame>(capacity: 2)
    private let outcomes = BoundedQueue<Outcome>(capacity: 2)
    private let thread: WorkerThread
    private var announced = 0

    init() throws(VideoAnalysisError) {
        thread = WorkerThread(name: "scene") { [frames, outcomes] in
            Self.watch(frames, outcomes)
        }
    }

    deinit {
        frames.cancel()
        outcomes.cancel()
        thread.join()
    }

    func announce(_ frame: DecodedFrame) {
        announced += 1
        _ = frames.push(frame)
    }

    /// What moves in the first announced frame that was not asked for yet; `frame` itself when none is.
    ///
    /// - Returns: Nil where the camera moves, and while the background is not known.
    func foreground(of frame: DecodedFrame) throws(VideoAnalysisError) -> Foreground? {
        if announced == 0 { announce(frame) }
        announced -= 1
        guard case .element(let outcome) = outcomes.pop() else {
            throw VideoAnalysisError(.internalError, "The watch over the scene has ended.")
        }
        return try outcome.get()
    }

    private static func watch(_ frames: BoundedQueue<DecodedFrame>, _ outcomes: BoundedQueue<Outcome>) {
        do throws(VideoAnalysisError) {
            let background = try BackgroundModel()
            let motion = try CameraMotion()
            while case .element(let frame) = frames.pop() {
                let isMoving = try motion.update(with: frame)
                // On a moving camera all is foreground.
                if isMoving { background.reset() }
                let foreground = isMoving ? nil : try background.update(with: frame)
                guard outcomes.push(.success(foreground)) else { return }
            }
        } catch {
            _ = outcomes.push(.failure(error))
            outcomes.finish()
        }
    }
}
