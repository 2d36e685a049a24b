import CFFmpeg

/// Owns what libav needs to read or write one picture: a codec that is not opened yet, a frame and a packet.
final class StillCodec {
    let context: UnsafeMutablePointer<AVCodecContext>
    let frame: UnsafeMutablePointer<AVFrame>
    let packet: UnsafeMutablePointer<AVPacket>
    private let codec: UnsafePointer<AVCodec>

    /// - Throws: `internalError` when libav was built without the codec, `outOfMemory`.
    init(_ codec: UnsafePointer<AVCodec>?) throws(VideoAnalysisError) {
        LibAV.isPrepared
        guard let codec else {
            throw VideoAnalysisError(.internalError, "This libav reads or writes no PNG or no JPEG files.")
        }
        var context = avcodec_alloc_context3(codec)
        var frame = av_frame_alloc()
        var packet = av_packet_alloc()
        guard let ownContext = context, let ownFrame = frame, let ownPacket = packet else {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
            throw VideoAnalysisError(.outOfMemory, "There is no memory for a picture's codec.")
        }
        self.codec = codec
        self.context = ownContext
        self.frame = ownFrame
        self.packet = ownPacket
        // One thread, and no arithmetic that differs between processors: the same picture gives the same bytes.
        ownContext.pointee.thread_count = 1
        ownContext.pointee.flags |= AV_CODEC_FLAG_BITEXACT
    }

    deinit {
        var (context, frame, packet) = (Optional(context), Optional(frame), Optional(packet))
        avcodec_free_context(&context)
        av_frame_free(&frame)
        av_packet_free(&packet)
    }

    /// - Parameter options: The codec's own, by libav's names.
    func open(_ options: [String: String] = [:]) throws(VideoAnalysisError) {
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (name, value) in options { av_dict_set(&dictionary, name, value, 0) }
        try Self.check(avcodec_open2(context, codec, &dictionary))
    }

    static func check(_ status: Int32) throws(VideoAnalysisError) {
        guard status < 0 else { return }
        throw VideoAnalysisError(
            status == cffmpeg_error_out_of_memory ? .outOfMemory : .internalError,
            "libav: \(LibAV.message(for: status)).")
    }

    /// Converts pixels between two formats of one size; exact where both hold the same values.
    static func convert(
        width: Int32, height: Int32, from source: AVPixelFormat, to target: AVPixelFormat,
        _ scale: (OpaquePointer) -> Int32
    ) throws(VideoAnalysisError) {
        let flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT
        let context = sws_getCachedContext(nil, width, height, source, width, height, target, flags, nil, nil, nil)
        guard let context else {
            throw VideoAnalysisError(
                .internalError, "Pictures of the format \(LibAV.text(av_get_pix_fmt_name(source))) are not converted.")
        }
        defer { sws_freeContext(context) }
        guard scale(context) == height else {
            throw VideoAnalysisError(.internalError, "libswscale did not convert all rows of a picture.")
        }
    }
}

extension Image.PixelFormat {
    /// libav's name for the pixels as they lie in memory.
    var libAV: AVPixelFormat {
        switch self {
        case .bgr8: AV_PIX_FMT_BGR24
        case .gray8: AV_PIX_FMT_GRAY8
        case .gray16: AV_PIX_FMT_GRAY16LE
        }
    }
}
