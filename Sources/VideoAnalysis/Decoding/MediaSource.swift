import CFFmpeg

/// Owns the demuxer of a file and reads the packets of its video stream.
final class MediaSource {
    enum Outcome { case packet, damaged, end }

    let container: MediaContainer
    let stream: UnsafeMutablePointer<AVStream>
    let hasAudio: Bool
    /// Valid until the next `readPacket`.
    let packet: UnsafeMutablePointer<AVPacket>
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private var ownedPacket: UnsafeMutablePointer<AVPacket>?

    init(path: String, limits: VideoDecoder.Limits) throws(VideoAnalysisError) {
        container = try MediaContainer(path: path)
        guard let allocatedPacket = av_packet_alloc() else {
            throw VideoAnalysisError(.outOfMemory, "There is no memory for a packet.")
        }
        ownedPacket = allocatedPacket
        packet = allocatedPacket
        do {
            let opened = try Self.open(path, container: container, limits: limits)
            context = opened
            let streams = UnsafeBufferPointer(start: opened.pointee.streams, count: Int(opened.pointee.nb_streams))
                .compactMap { $0 }
            stream = try Self.chooseVideo(among: streams)
            hasAudio = streams.contains { $0.pointee.codecpar?.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
            for other in streams where other != stream { other.pointee.discard = AVDISCARD_ALL }
        } catch {
            avformat_close_input(&context)
            av_packet_free(&ownedPacket)
            throw error
        }
        try checkSize(limits)
    }

    deinit {
        avformat_close_input(&context)
        av_packet_free(&ownedPacket)
    }

    /// Reads the video stream's next packet into `packet`.
    func readPacket() throws(VideoAnalysisError) -> Outcome {
        while true {
            av_packet_unref(packet)
            let status = av_read_frame(context, packet)
            switch status {
            case 0...:
                guard packet.pointee.stream_index == stream.pointee.index else { continue }
                return packet.pointee.flags & AV_PKT_FLAG_CORRUPT == 0 ? .packet : .damaged
            case cffmpeg_error_end_of_file: return .end
            case cffmpeg_error_out_of_memory:
                throw LibAV.noMemory(to: "read the next packet")
            case cffmpeg_error_again: continue
            default: return .damaged
            }
        }
    }

    var codecName: String { LibAV.text(avcodec_get_name(parameters.codec_id)) }
    var secondsPerTick: Double { Self.ratio(stream.pointee.time_base) }

    /// A pixel's width over its height: what the container says, else what the frame does.
    func sampleAspectRatio(of frame: UnsafeMutablePointer<AVFrame>) -> AVRational {
        av_guess_sample_aspect_ratio(context, stream, frame)
    }

    /// In ticks; nil when unknown.
    var startTimestamp: Int64? {
        stream.pointee.start_time == cffmpeg_no_timestamp ? nil : stream.pointee.start_time
    }

    /// Average frames per second; 0 when unknown.
    var framesPerSecond: Double {
        let rates = [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate].map(Self.ratio)
        return rates.first { $0.isFinite && $0 > 0 && $0 <= 1000 } ?? 0
    }

    /// What the container says; nil when it says nothing.
    var declaredSeconds: Double? {
        if stream.pointee.duration != cffmpeg_no_timestamp, stream.pointee.duration > 0 {
            return Double(stream.pointee.duration) * secondsPerTick
        }
        guard let whole = context?.pointee.duration, whole != cffmpeg_no_timestamp, whole > 0 else { return nil }
        return Double(whole) / Double(AV_TIME_BASE)
    }

    /// What the container says, else what the codec says with the frame.
    func orientation(of frame: UnsafePointer<AVFrame>) -> DisplayOrientation {
        let matrix = cffmpeg_display_matrix(stream) ?? cffmpeg_frame_display_matrix(frame)
        return matrix.map(DisplayOrientation.init(displayMatrix:)) ?? .upright
    }

    static func tooManyPixels(_ width: Int, _ height: Int, _ limits: VideoDecoder.Limits) -> VideoAnalysisError {
        VideoAnalysisError(
            .tooLarge, "Frames of \(width) x \(height) exceed the limit of \(limits.maximumPixels) pixels.")
    }

    static func tooManyFrames(_ count: Int64, _ limits: VideoDecoder.Limits) -> VideoAnalysisError {
        VideoAnalysisError(
            .tooLarge,
            "The video has \(count) frames or more; the limit is \(limits.maximumFrames), a thousand for each of "
                + "\(jsonNumber(limits.maximumSeconds, digits: 1)) s.")
    }

    static func tooLong(_ seconds: Double, _ limits: VideoDecoder.Limits) -> VideoAnalysisError {
        VideoAnalysisError(
            .tooLarge,
            "The video lasts \(jsonNumber(min(seconds, 1e14), digits: 1)) s or more; the limit is "
                + "\(jsonNumber(limits.maximumSeconds, digits: 1)) s.")
    }

    private var parameters: AVCodecParameters { stream.pointee.codecpar.pointee }

    private static func ratio(_ rational: AVRational) -> Double {
        rational.den == 0 ? 0 : Double(rational.num) / Double(rational.den)
    }

    private static func open(
        _ path: String, container: MediaContainer, limits: VideoDecoder.Limits
    ) throws(VideoAnalysisError) -> UnsafeMutablePointer<AVFormatContext> {
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        av_dict_set(&options, "format_whitelist", MediaContainer.accepted.sorted().joined(separator: ","), 0)
        // One more than allowed, so that those containers that leave the others out are found too.
        av_dict_set(&options, "max_streams", "\(limits.maximumStreams + 1)", 0)
        defer { av_dict_free(&options) }
        let refusal = try Refusal()
        var context = avformat_alloc_context()
        context?.pointee.opaque = UnsafeMutableRawPointer(refusal.pointer)
        let status = avformat_open_input(&context, LibAV.address(of: path), container.format, &options)
        guard !refusal.isOfStreams else {
            avformat_close_input(&context)
            throw tooManyStreams(limits)
        }
        guard status >= 0, let context else {
            throw failure(status, while: "The \(container.name) file cannot be opened: its container is broken")
        }
        context.pointee.opaque = nil
        do {
            try readStreams(of: context, limits: limits, container: container)
        } catch {
            var closing: UnsafeMutablePointer<AVFormatContext>? = context
            avformat_close_input(&closing)
            throw error
        }
        return context
    }

    private static func readStreams(
        of context: UnsafeMutablePointer<AVFormatContext>, limits: VideoDecoder.Limits, container: MediaContainer
    ) throws(VideoAnalysisError) {
        guard context.pointee.nb_streams <= UInt32(limits.maximumStreams) else { throw tooManyStreams(limits) }
        var options = (0..<Int(context.pointee.nb_streams)).map { _ in
            var each: OpaquePointer?
            av_dict_set(&each, "max_pixels", "\(limits.maximumPixels)", 0)
            av_dict_set(&each, "threads", "1", 0)
            return each
        }
        let status = avformat_find_stream_info(context, &options)
        for index in options.indices { av_dict_free(&options[index]) }
        guard status >= 0 else {
            throw failure(status, while: "The \(container.name) file's streams cannot be read")
        }
        guard context.pointee.nb_streams <= UInt32(limits.maximumStreams) else { throw tooManyStreams(limits) }
    }

    private static func tooManyStreams(_ limits: VideoDecoder.Limits) -> VideoAnalysisError {
        VideoAnalysisError(
            .tooLarge, "The file holds more than \(limits.maximumStreams) streams: keep the video, and drop the others."
        )
    }

    /// No memory means that the file asks for more than ``LibAV`` allows, or than the process may have. Either way it is
    /// the file's own declarations that cannot be met, now as later.
    private static func failure(_ status: Int32, while sentence: String) -> VideoAnalysisError {
        guard status != cffmpeg_error_out_of_memory else {
            return VideoAnalysisError(.tooLarge, "\(sentence), or made to exhaust memory: its tables are too large.")
        }
        return VideoAnalysisError(.corruptVideo, "\(sentence) (\(LibAV.message(for: status))).")
    }

    /// The video that a player would show: cover art left out, the default one first, then the largest.
    private static func chooseVideo(
        among streams: [UnsafeMutablePointer<AVStream>]
    ) throws(VideoAnalysisError) -> UnsafeMutablePointer<AVStream> {
        let stills = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS
        let videos = streams.filter { stream in
            stream.pointee.codecpar?.pointee.codec_type == AVMEDIA_TYPE_VIDEO
                && stream.pointee.disposition & stills == 0
        }
        func rank(_ stream: UnsafeMutablePointer<AVStream>) -> (Int, Int) {
            let parameters = stream.pointee.codecpar.pointee
            return (
                stream.pointee.disposition & AV_DISPOSITION_DEFAULT == 0 ? 0 : 1,
                Int(parameters.width) * Int(parameters.height)
            )
        }
        var best: UnsafeMutablePointer<AVStream>?
        for video in videos where best.map({ rank(video) > rank($0) }) ?? true { best = video }
        guard let best else {
            throw VideoAnalysisError(
                .noVideoStream,
                streams.isEmpty ? "The file holds no stream at all." : "The file holds no video, only other streams.")
        }
        return best
    }

    private func checkSize(_ limits: VideoDecoder.Limits) throws(VideoAnalysisError) {
        let (width, height) = (Int(parameters.width), Int(parameters.height))
        guard width * height <= limits.maximumPixels else {
            throw Self.tooManyPixels(width, height, limits)
        }
        let frames = max(stream.pointee.nb_frames, Int64(avformat_index_get_entries_count(stream)))
        guard frames <= limits.maximumFrames else { throw Self.tooManyFrames(frames, limits) }
        if let seconds = declaredSeconds, seconds > limits.maximumSeconds {
            throw Self.tooLong(seconds, limits)
        }
    }
}
