import CFFmpeg

extension Image {
    /// A PNG file's bytes; gray stays gray, and 16-bit gray stays 16-bit. The same pixels give the same bytes.
    package func encodedPNG() throws(VideoAnalysisError) -> [UInt8] {
        let still = try StillCodec(avcodec_find_encoder(AV_CODEC_ID_PNG))
        let stored =
            switch format {
            case .bgr8: AV_PIX_FMT_RGB24
            case .gray8: AV_PIX_FMT_GRAY8
            case .gray16: AV_PIX_FMT_GRAY16BE
            }
        // A row as the difference to its neighbours shrinks by a third what is photographed, and costs no time.
        still.context.pointee.compression_level = 3
        return try encoded(by: still, as: stored, options: ["pred": "mixed"])
    }

    /// A JPEG file's bytes, with colour at half resolution. The same pixels give the same bytes.
    ///
    /// - Parameter quality: 0 to 100, as in libjpeg.
    package func encodedJPEG(quality: Int = 85) throws(VideoAnalysisError) -> [UInt8] {
        guard format != .gray16 else {
            throw VideoAnalysisError(.internalError, "A JPEG file holds no 16-bit pixels.")
        }
        let still = try StillCodec(avcodec_find_encoder(AV_CODEC_ID_MJPEG))
        still.context.pointee.intra_matrix = try JPEGQuantization.luminance.matrix(quality: quality)
        still.context.pointee.chroma_intra_matrix = try JPEGQuantization.chrominance.matrix(quality: quality)
        // libav multiplies the matrices by an eighth of this.
        let scale = 8 * FF_QP2LAMBDA
        still.context.pointee.flags |= AV_CODEC_FLAG_QSCALE
        still.context.pointee.global_quality = scale
        still.frame.pointee.quality = scale
        // Square pixels; without it libav leaves out the JFIF header.
        still.context.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        return try encoded(by: still, as: AV_PIX_FMT_YUVJ420P, options: [:])
    }

    private func encoded(
        by still: StillCodec, as stored: AVPixelFormat, options: [String: String]
    ) throws(VideoAnalysisError) -> [UInt8] {
        let (width, height) = (Int32(width), Int32(height))
        still.frame.pointee.width = width
        still.frame.pointee.height = height
        still.frame.pointee.format = stored.rawValue
        try StillCodec.check(av_frame_get_buffer(still.frame, 0))
        try withBytes { (pixels, stride) throws(VideoAnalysisError) in
            try StillCodec.convert(width: width, height: height, from: format.libAV, to: stored) { context in
                cffmpeg_scale_to_frame(context, pixels.baseAddress, Int32(clamping: stride), still.frame)
            }
        }
        still.context.pointee.width = width
        still.context.pointee.height = height
        still.context.pointee.pix_fmt = stored
        still.context.pointee.time_base = AVRational(num: 1, den: 1)
        try still.open(options)
        try StillCodec.check(avcodec_send_frame(still.context, still.frame))
        try StillCodec.check(avcodec_receive_packet(still.context, still.packet))
        return [UInt8](UnsafeBufferPointer(start: still.packet.pointee.data, count: Int(still.packet.pointee.size)))
    }
}
