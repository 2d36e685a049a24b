import CFFmpeg

/// Owns a libav decoder and the one frame that it fills.
final class CodecContext {
    enum Outcome { case frame, needsPacket, damaged, end }

    private var context: UnsafeMutablePointer<AVCodecContext>?
    private var ownedFrame: UnsafeMutablePointer<AVFrame>?
    private let refusal: Refusal
    private static let task = "decode the next frame"
    /// Valid until the next `receive`.
    let frame: UnsafeMutablePointer<AVFrame>

    /// - Throws: `unsupportedCodec`, `outOfMemory`.
    init(
        stream: UnsafeMutablePointer<AVStream>, limits: VideoDecoder.Limits, threads: Int
    ) throws(VideoAnalysisError) {
        refusal = try Refusal()
        guard let parameters = stream.pointee.codecpar else {
            throw VideoAnalysisError(.corruptVideo, "The video stream has no parameters.")
        }
        let name = LibAV.text(avcodec_get_name(parameters.pointee.codec_id))
        guard let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw VideoAnalysisError(.unsupportedCodec, "There is no decoder for the video's codec (\(name)).")
        }
        guard let allocatedFrame = av_frame_alloc(), let allocated = avcodec_alloc_context3(decoder) else {
            throw VideoAnalysisError(.outOfMemory, "There is no memory for a decoder.")
        }
        ownedFrame = allocatedFrame
        frame = allocatedFrame
        context = allocated
        avcodec_parameters_to_context(allocated, parameters)
        allocated.pointee.opaque = UnsafeMutableRawPointer(refusal.pointer)
        allocated.pointee.pkt_timebase = stream.pointee.time_base
        allocated.pointee.max_pixels = Int64(limits.maximumPixels)
        allocated.pointee.thread_count = Int32(clamping: threads)
        allocated.pointee.thread_type = FF_THREAD_FRAME
        let status = avcodec_open2(allocated, decoder, nil)
        guard status >= 0 else {
            throw VideoAnalysisError(
                status == cffmpeg_error_out_of_memory ? .outOfMemory : .unsupportedCodec,
                "The decoder for \(name) cannot be started: \(LibAV.message(for: status)).")
        }
    }

    deinit {
        avcodec_free_context(&context)
        av_frame_free(&ownedFrame)
    }

    /// The size of the last picture that was left out since it has too many pixels.
    var refusedSize: (width: Int, height: Int)? { refusal.size }

    func receive() throws(VideoAnalysisError) -> Outcome {
        let status = avcodec_receive_frame(context, frame)
        switch status {
        case 0...: return .frame
        case cffmpeg_error_again: return .needsPacket
        case cffmpeg_error_end_of_file: return .end
        case cffmpeg_error_out_of_memory: throw LibAV.noMemory(to: Self.task)
        default: return .damaged
        }
    }

    /// - Returns: False when the decoder refuses the packet as damaged.
    func send(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoAnalysisError) -> Bool {
        try accepts(avcodec_send_packet(context, packet))
    }

    /// Tells the decoder that no packet follows, so that it gives the frames that it holds back.
    ///
    /// - Returns: False when the first of these is damaged: libav says it here and nowhere else.
    func drain() throws(VideoAnalysisError) -> Bool {
        try accepts(avcodec_send_packet(context, nil))
    }

    private func accepts(_ status: Int32) throws(VideoAnalysisError) -> Bool {
        if status == cffmpeg_error_out_of_memory { throw LibAV.noMemory(to: Self.task) }
        return status >= 0
    }
}
