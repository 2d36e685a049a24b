/// The second stage, on its own thread: finds the objects in each frame and follows them.
///
/// Detection and tracking share a thread since the tracker's predictions lead the detector in the next frame.
struct DetectStage: Sendable {
    enum Message: Sendable {
        case started(VideoDescription)
        case frame(DecodedFrame, TrackedFrame)
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
        var tracker = ObjectTracker(settings: settings.trackerSettings)
        var waiting: [DecodedFrame] = []
        while case .element(let message) = frames.pop() {
            var ending: DecodeStage.Ending?
            switch message {
            case .started(let video):
                guard queue.push(.started(video)) else { return }
            case .failed(let error): throw error
            case .ended(let end): ending = end
            case .frame(let frame):
                try timer.measure("detect") { () throws(VideoAnalysisError) in try detector.expect(frame) }
                waiting.append(frame)
            }
            while waiting.count > (ending == nil ? detector.framesAhead : 0) {
                let frame = waiting.removeFirst()
                let tracked = try follow(in: frame, &detector, &tracker, &timer)
                guard queue.push(.frame(frame, tracked)) else { return }
            }
            guard var ending else { continue }
            ending.timer.add(timer)
            guard queue.push(.ended(ending)) else { return }
        }
    }

    /// Finds the objects of one frame and continues their tracks.
    private func follow(
        in frame: DecodedFrame, _ detector: inout any ObjectDetector, _ tracker: inout ObjectTracker,
        _ timer: inout StageTimer
    ) throws(VideoAnalysisError) -> TrackedFrame {
        var detections = try timer.measure("detect") { () throws(VideoAnalysisError) in
            try detector.detect(in: frame, predictions: tracker.predictions)
        }
        if let classes = settings.classes { detections.removeAll { !classes.contains($0.className) } }
        return try timer.measure("track") { () throws(VideoAnalysisError) in
            let objects = tracker.update(detections, timestamp: frame.timestamp)
            return TrackedFrame(
                frameNumber: frame.frameNumber, timestamp: frame.timestamp, objects: objects,
                camera: tracker.cameraPosition)
        }
    }
}
