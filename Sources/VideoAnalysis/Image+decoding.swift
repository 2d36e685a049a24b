import CFFmpeg
import COpenCV

extension Image {
    /// Reads a PNG or JPEG file's bytes as BGR, or as they are when they are 16-bit gray. What is transparent becomes
    /// opaque; a JPEG file is turned upright as its Exif orientation says.
    ///
    /// - Throws: `notAVideo` for bytes that are neither, are damaged or are cut off; `tooLarge`, from the size that the
    ///   file declares, before memory is spent on pixels; `outOfMemory`.
    package convenience init(
        decoding bytes: [UInt8], maximumPixels: Int = 64_000_000
    ) throws(VideoAnalysisError) {
        guard let header = ImageHeader(bytes), header.width > 0, header.height > 0 else {
            throw VideoAnalysisError(
                .notAVideo, "The picture is neither a PNG nor a baseline or progressive JPEG file.")
        }
        guard header.width * header.height <= maximumPixels else {
            throw VideoAnalysisError(
                .tooLarge,
                "The picture measures \(header.width) x \(header.height); the limit is \(maximumPixels) pixels.")
        }
        guard header.isComplete else {
            throw VideoAnalysisError(.notAVideo, "The picture's file is cut off.")
        }
        do throws(VideoAnalysisError) {
            self.init(adopting: try Self.decoded(bytes, header, maximumPixels: maximumPixels))
        } catch {
            guard error.code == .internalError else { throw error }
            throw VideoAnalysisError(.notAVideo, "The picture's file is damaged.")
        }
    }

    private static func decoded(
        _ bytes: [UInt8], _ header: ImageHeader, maximumPixels: Int
    ) throws(VideoAnalysisError) -> OpaquePointer {
        let still = try StillCodec(
            avcodec_find_decoder(header.format == .png ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG))
        still.context.pointee.max_pixels = Int64(maximumPixels)
        still.context.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE
        try still.open()
        try still.fillPacket(header.essentialParts.map { bytes[$0] })
        try StillCodec.check(avcodec_send_packet(still.context, still.packet))
        try StillCodec.check(avcodec_receive_frame(still.context, still.frame))

        let frame = still.frame.pointee
        guard frame.width == header.width, frame.height == header.height else {
            throw VideoAnalysisError(.internalError, "The picture is not of the size that its file declares.")
        }
        let stored = AVPixelFormat(rawValue: frame.format)
        let format: PixelFormat = stored == AV_PIX_FMT_GRAY16BE ? .gray16 : .bgr8
        let image = try Image(width: header.width, height: header.height, format: format) {
            (pixels, stride) throws(VideoAnalysisError) in
            guard let start = pixels.baseAddress else { return }
            try StillCodec.convert(width: frame.width, height: frame.height, from: stored, to: format.libAV) {
                context in
                cffmpeg_scale(
                    context, still.frame, start.assumingMemoryBound(to: UInt8.self), Int32(clamping: stride))
            }
        }
        let orientation =
            cffmpeg_frame_display_matrix(still.frame).map(DisplayOrientation.init(displayMatrix:)) ?? .upright
        // A copy also leaves the padding behind that the conversion needed.
        return try make { result, error in
            copencv_image_orient(
                image.handle, orientation.transposes, orientation.flipsHorizontally, orientation.flipsVertically,
                result, error)
        }
    }
}

extension StillCodec {
    /// Copies the parts of a file into the packet.
    fileprivate func fillPacket(_ parts: [ArraySlice<UInt8>]) throws(VideoAnalysisError) {
        let size = parts.reduce(0) { $0 + $1.count }
        try Self.check(av_new_packet(packet, Int32(clamping: size)))
        var rest = UnsafeMutableRawBufferPointer(start: packet.pointee.data, count: size)
        for part in parts {
            rest.copyBytes(from: part)
            rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(part.count))
        }
    }
}
