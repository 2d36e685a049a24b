/// The second stage, on its own thread: finds the objects in each frame and follows them.
///
/// Detection and tracking share a thread since the tracker's predictions lead the detector in the next frame.
struct DetectStage: Sendable {
    enum Message: Sendable {
        case started(VideoDescription)
        case frame(DecodedFrame, [TrackedObject])
        case ended(DecodeStage.Ending)
        case failed(VideoAnalysisError)
    }

    let settings: AnalysisSettings

    func run(from frames: BoundedQueue<DecodeStage.Message>, into queue: BoundedQueue<Message>) {
        do throws(VideoAnalysisError) {
            try detect(from: frames, into: queue)
        } catch {
            _ = queue.push(.failed(error))
        }
        frames.cancel()
        queue.finish()
    }

    private func detect(
        from frames: BoundedQueue<DecodeStage.Message>, into queue: BoundedQueue<Message>
    ) throws(VideoAnalysisError) {
        var timer = StageTimer()
        var detector = try settings.makeDetector()
        var tracker = ObjectTracker()
        while case .element(let message) = frames.pop() {
            let result: Message
            switch message {
            case .started(let video): result = .started(video)
            case .failed(let error): throw error
            case .ended(var ending):
                ending.timer.add(timer)
                result = .ended(ending)
            case .frame(let frame):
                var detections = try timer.measure("detect") { () throws(VideoAnalysisError) in
                    try detector.detect(in: frame, predictions: tracker.predictions)
                }
                if let classes = settings.classes { detections.removeAll { !classes.contains($0.className) } }
                let objects = try timer.measure("track") { () throws(VideoAnalysisError) in
                    tracker.update(detections, timestamp: frame.timestamp)
                }
                result = .frame(frame, objects)
            }
            guard queue.push(result) else { return }
        }
    }
}
