/// Turns a video file into rows.
///
/// Three stages run at once, each on a thread of its own with short queues between: decoding, detecting with tracking,
/// and, on the caller's thread, everything else. Few frames are ever in memory, however long the video is.
package struct VideoAnalyzer: Sendable {
    private let settings: AnalysisSettings

    /// - Throws: `badSetting`, so that a wrong setting is known before any video is read.
    package init(settings: AnalysisSettings) throws(VideoAnalysisError) {
        try settings.validate()
        self.settings = settings
    }

    /// Analyses the file at `path`, blocking the calling thread: not for the cooperative pool.
    ///
    /// The same file with the same settings gives the same rows in the same order.
    ///
    /// - Parameters:
    ///   - output: Receives the rows. After an error they are incomplete.
    ///   - isCancelled: Asked several times a second.
    /// - Throws: What the decoder or `output` throws; `cancelled`.
    package func analyze(
        path: String, output: inout some AnalysisOutput, isCancelled: () -> Bool
    ) throws(VideoAnalysisError) -> AnalysisSummary {
        let frames = BoundedQueue<DecodeStage.Message>(capacity: 1)
        let objects = BoundedQueue<DetectStage.Message>(capacity: 1)
        let settings = settings
        let decoding = WorkerThread(name: "decode") {
            DecodeStage(path: path, settings: settings).run(into: frames)
        }
        let detecting = WorkerThread(name: "detect") {
            DetectStage(settings: settings).run(from: frames, into: objects)
        }
        defer {
            objects.cancel()
            frames.cancel()
            detecting.join()
            decoding.join()
        }
        guard case .started(let video) = try Self.next(from: objects, isCancelled) else {
            throw VideoAnalysisError(.internalError, "The analysis ended before it started.")
        }
        try output.started(video)
        var rows = try RowStage(video: video, settings: settings)
        var progress = ProgressSteps(duration: video.duration)
        while true {
            switch try Self.next(from: objects, isCancelled) {
            case .started:
                throw VideoAnalysisError(.internalError, "The analysis started twice.")
            case .frame(let frame, let tracked):
                try rows.append(frame, tracked, to: &output)
                if let fraction = progress.step(to: frame.timestamp) {
                    try output.progress(fraction: fraction, frames: rows.framesAnalysed)
                }
            case .failed(let error): throw error
            case .ended(let ending):
                try rows.finish(&output)
                try output.progress(fraction: 1, frames: rows.framesAnalysed)
                return rows.summary(ending)
            }
        }
    }

    private static func next(
        from queue: BoundedQueue<DetectStage.Message>, _ isCancelled: () -> Bool
    ) throws(VideoAnalysisError) -> DetectStage.Message {
        while true {
            guard !isCancelled() else { throw VideoAnalysisError(.cancelled, "The analysis was cancelled.") }
            switch queue.pop(within: 0.1) {
            case .element(.failed(let error)): throw error
            case .element(let message): return message
            case .timedOut: continue
            case .end: throw VideoAnalysisError(.internalError, "The analysis ended without a result.")
            }
        }
    }
}
