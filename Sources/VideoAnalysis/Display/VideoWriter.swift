import CFFmpeg
import Foundation

/// Writes an MP4 file that begins to play before it is loaded (its index comes first).
///
/// H.264 by libx264 where libavcodec has it, else MPEG-4; 4:2:0. Not for use from two threads at once.
final class VideoWriter {
    enum Codec { case h264, mpeg4 }

    /// Ticks a second: MPEG-4 allows no more than 65535. Milliseconds, and the usual rates with their 1001sts but one
    /// (24000/1001, half a tick off), are whole numbers of them.
    private static let ticks: Int32 = 60_000

    private static let usualRate = 25.0

    private let url: String
    /// Even, as 4:2:0 needs; a column or a row more than the pictures' when those are odd.
    private let width: Int
    private let height: Int
    private let codec: UnsafeMutablePointer<AVCodecContext>
    private let frame: UnsafeMutablePointer<AVFrame>
    private let packet: UnsafeMutablePointer<AVPacket>
    private var container: UnsafeMutablePointer<AVFormatContext>?
    private var stream: UnsafeMutablePointer<AVStream>?
    private var scaler: OpaquePointer?
    private var lastTick: Int64?

    /// - Parameters:
    ///   - path: A local file, which is replaced.
    ///   - framesPerSecond: The average; 0 when unknown. Only a hint: frames carry their own times.
    ///   - codec: Nil for the best there is.
    init(
        path: String, width: Int, height: Int, framesPerSecond: Double, threads: Int, codec wanted: Codec? = nil
    ) throws(VideoAnalysisError) {
        LibAV.isPrepared
        url = LibAV.address(of: path)
        self.width = width + width % 2
        self.height = height + height % 2
        let h264 = wanted == .mpeg4 ? nil : avcodec_find_encoder_by_name("libx264")
        guard let encoder = h264 ?? avcodec_find_encoder(AV_CODEC_ID_MPEG4) else {
            throw VideoAnalysisError(.internalError, "This libav writes neither H.264 nor MPEG-4 video.")
        }
        var codec = avcodec_alloc_context3(encoder)
        var frame = av_frame_alloc()
        var packet = av_packet_alloc()
        guard let ownCodec = codec, let ownFrame = frame, let ownPacket = packet else {
            avcodec_free_context(&codec)
            av_frame_free(&frame)
            av_packet_free(&packet)
            throw VideoAnalysisError(.outOfMemory, "There is no memory for an encoder.")
        }
        (self.codec, self.frame, self.packet) = (ownCodec, ownFrame, ownPacket)
        try openCodec(encoder, isH264: h264 != nil, framesPerSecond: framesPerSecond, threads: threads)
        try openContainer()
        ownFrame.pointee.width = Int32(clamping: self.width)
        ownFrame.pointee.height = Int32(clamping: self.height)
        ownFrame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        try check(av_frame_get_buffer(ownFrame, 0))
    }

    deinit {
        if let container { avio_closep(&container.pointee.pb) }
        avformat_free_context(container)
        var (codec, frame, packet) = (Optional(codec), Optional(frame), Optional(packet))
        avcodec_free_context(&codec)
        av_frame_free(&frame)
        av_packet_free(&packet)
        sws_freeContext(scaler)
    }

    /// - Parameters:
    ///   - image: BGR, of the size given at the start.
    ///   - timestamp: Seconds, after those of all frames before.
    func append(_ image: Image, timestamp: Double) throws(VideoAnalysisError) {
        guard let scaler else { throw VideoAnalysisError(.internalError, "The annotated video is not open.") }
        try check(av_frame_make_writable(frame))
        let image = try image.padded(width: width, height: height)
        try image.withBytes { (pixels, stride) throws(VideoAnalysisError) in
            let rows = cffmpeg_scale_to_frame(scaler, pixels.baseAddress, Int32(clamping: stride), frame)
            guard rows == frame.pointee.height else {
                throw VideoAnalysisError(.internalError, "libswscale did not convert all rows of a picture.")
            }
        }
        let tick = Int64((timestamp * Double(Self.ticks)).rounded())
        frame.pointee.pts = max(tick, lastTick.map { $0 + 1 } ?? tick)
        lastTick = frame.pointee.pts
        try check(avcodec_send_frame(codec, frame))
        try writePackets()
    }

    /// Completes the file. No frame may follow.
    func finish() throws(VideoAnalysisError) {
        try check(avcodec_send_frame(codec, nil))
        try writePackets()
        try check(av_write_trailer(container))
        guard let container else { return }
        try check(avio_closep(&container.pointee.pb))
    }

    private func openCodec(
        _ encoder: UnsafePointer<AVCodec>, isH264: Bool, framesPerSecond: Double, threads: Int
    ) throws(VideoAnalysisError) {
        codec.pointee.width = Int32(clamping: width)
        codec.pointee.height = Int32(clamping: height)
        codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        codec.pointee.time_base = AVRational(num: 1, den: Self.ticks)
        // It also says how long the last frame lasts, which must not be nothing.
        let rate = framesPerSecond > 0 ? framesPerSecond : Self.usualRate
        codec.pointee.framerate = AVRational(num: Int32((rate * 1000).rounded(.up)), den: 1000)
        codec.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        codec.pointee.thread_count = Int32(clamping: threads)
        codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        // What players assume where nothing is said: BT.709 from 720 lines on.
        let isHigh = height >= 720
        codec.pointee.colorspace = isHigh ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
        codec.pointee.color_range = AVCOL_RANGE_MPEG
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        if isH264 {
            av_dict_set(&options, "preset", "veryfast", 0)
            av_dict_set(&options, "crf", "23", 0)
        } else {
            codec.pointee.flags |= AV_CODEC_FLAG_QSCALE
            codec.pointee.global_quality = 4 * FF_QP2LAMBDA
        }
        try check(avcodec_open2(codec, encoder, &options))
        let (width, height) = (Int32(clamping: width), Int32(clamping: height))
        scaler = sws_getCachedContext(
            nil, width, height, AV_PIX_FMT_BGR24, width, height, AV_PIX_FMT_YUV420P, Int32(SWS_BILINEAR), nil, nil, nil)
        guard let scaler else { throw VideoAnalysisError(.outOfMemory, "There is no memory to convert pictures.") }
        cffmpeg_set_target_colors(scaler, isHigh ? SWS_CS_ITU709 : SWS_CS_ITU601)
    }

    private func openContainer() throws(VideoAnalysisError) {
        try check(avformat_alloc_output_context2(&container, nil, "mp4", url))
        guard let container, let stream = avformat_new_stream(container, nil) else {
            throw VideoAnalysisError(.outOfMemory, "There is no memory for an MP4 file.")
        }
        self.stream = stream
        container.pointee.flags |= AVFMT_FLAG_BITEXACT
        stream.pointee.time_base = codec.pointee.time_base
        stream.pointee.avg_frame_rate = codec.pointee.framerate
        try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec))
        try check(avio_open2(&container.pointee.pb, url, AVIO_FLAG_WRITE, nil, nil))
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        av_dict_set(&options, "movflags", "+faststart", 0)
        try check(avformat_write_header(container, &options))
    }

    private func writePackets() throws(VideoAnalysisError) {
        while true {
            let status = avcodec_receive_packet(codec, packet)
            if status == cffmpeg_error_again || status == cffmpeg_error_end_of_file { return }
            try check(status)
            guard let stream else { return }
            packet.pointee.stream_index = stream.pointee.index
            av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
            try check(av_interleaved_write_frame(container, packet))
        }
    }

    private func check(_ status: Int32) throws(VideoAnalysisError) {
        guard status < 0 else { return }
        // libav gives the system's own numbers, negated.
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(-status)
        let code: VideoAnalysisError.Code =
            isFull ? .diskFull : status == cffmpeg_error_out_of_memory ? .outOfMemory : .internalError
        throw VideoAnalysisError(code, "The annotated video cannot be written: \(LibAV.message(for: status)).")
    }
}

extension Image {
    /// The same with its last column and row repeated, up to one of each.
    fileprivate func padded(width: Int, height: Int) throws(VideoAnalysisError) -> Image {
        guard width != self.width || height != self.height else { return self }
        return try Image.filled(width: width, height: height, color: .black).drawing {
            canvas throws(VideoAnalysisError) in
            for y in [height - self.height, 0] {
                for x in [width - self.width, 0] { try canvas.paste(self, x: x, y: y) }
            }
        }
    }
}
