/// The first stage, on its own thread: decodes the video and passes on the frames that are to be analysed.
struct DecodeStage: Sendable {
    enum Message: Sendable {
        /// Comes first.
        case started(VideoDescription)
        case frame(DecodedFrame)
        /// Comes last, unless `failed` does.
        case ended(Ending)
        case failed(VideoAnalysisError)
    }

    struct Ending: Sendable {
        var video: VideoDescription
        var framesDecoded: Int64
        var corruptPackets: Int64
        var timer: StageTimer
    }

    let path: String
    let settings: AnalysisSettings

    func run(into queue: BoundedQueue<Message>) {
        do throws(VideoAnalysisError) {
            if let ending = try decode(into: queue) { _ = queue.push(.ended(ending)) }
        } catch {
            _ = queue.push(.failed(error))
        }
        queue.finish()
    }

    /// - Returns: Nil when the queue was cancelled.
    private func decode(into queue: BoundedQueue<Message>) throws(VideoAnalysisError) -> Ending? {
        var timer = StageTimer()
        let limits = VideoDecoder.Limits(
            maximumPixels: settings.maximumPixels, maximumSeconds: settings.maximumSeconds)
        let decoder = try timer.measure("decode") { () throws(VideoAnalysisError) in
            try VideoDecoder(path: path, limits: limits, threads: settings.threads)
        }
        var video = decoder.video
        guard queue.push(.started(video)) else { return nil }
        var sampler = FrameSampler(
            framesPerSecond: settings.framesPerSecond ?? AnalysisSettings.defaultFramesPerSecond,
            videoFramesPerSecond: video.fps)
        while let time = try timer.measure("decode", decoder.next) {
            guard !queue.isEnded else { return nil }
            guard sampler.takes(time.timestamp) else { continue }
            let image = try timer.measure("decode", decoder.currentImage)
            let frame = DecodedFrame(frameNumber: time.frameNumber, timestamp: time.timestamp, image: image)
            guard queue.push(.frame(frame)) else { return nil }
        }
        video.duration = decoder.endTimestamp
        if video.fps == 0, video.duration > 0 { video.fps = Double(decoder.framesDecoded) / video.duration }
        return Ending(
            video: video, framesDecoded: decoder.framesDecoded, corruptPackets: decoder.corruptPackets, timer: timer)
    }
}
