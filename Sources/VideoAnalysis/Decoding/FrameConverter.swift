import CFFmpeg
import COpenCV

/// Converts decoded frames of any pixel format and size to upright BGR images of one size.
final class FrameConverter {
    private var context: OpaquePointer?
    private let orientation: DisplayOrientation
    /// Of the picture with square pixels, before it is turned.
    private let storedWidth: Int
    private let storedHeight: Int

    var width: Int { orientation.transposes ? storedHeight : storedWidth }
    var height: Int { orientation.transposes ? storedWidth : storedHeight }

    /// - Parameter frame: The first frame; its size and sample aspect ratio hold for all that follow, which are scaled
    ///   to it if the stream changes its resolution.
    init(frame: AVFrame, sampleAspectRatio: AVRational, orientation: DisplayOrientation) {
        self.orientation = orientation
        let ratio = Double(sampleAspectRatio.num) / Double(max(sampleAspectRatio.den, 1))
        let isPlausible = sampleAspectRatio.den > 0 && (0.25...4).contains(ratio)
        storedWidth = max(1, Int((Double(frame.width) * (isPlausible ? ratio : 1)).rounded()))
        storedHeight = Int(frame.height)
    }

    deinit {
        sws_freeContext(context)
    }

    func image(from frame: UnsafePointer<AVFrame>) throws(VideoAnalysisError) -> Image {
        let format = AVPixelFormat(rawValue: frame.pointee.format)
        context = sws_getCachedContext(
            context, frame.pointee.width, frame.pointee.height, format, Int32(storedWidth), Int32(storedHeight),
            AV_PIX_FMT_BGR24, Int32(SWS_BILINEAR), nil, nil, nil)
        guard let context else {
            throw VideoAnalysisError(
                .unsupportedCodec,
                "Pictures of the format \(LibAV.text(av_get_pix_fmt_name(format))) cannot be converted.")
        }
        let isFullRange = frame.pointee.color_range == AVCOL_RANGE_JPEG
        cffmpeg_set_colors(context, colorspace(of: frame.pointee), isFullRange ? 1 : 0)
        let stored = try Image(width: storedWidth, height: storedHeight, format: .bgr8) {
            (pixels, stride) throws(VideoAnalysisError) in
            guard let start = pixels.baseAddress else { return }
            let rows = cffmpeg_scale(
                context, frame, start.assumingMemoryBound(to: UInt8.self), Int32(clamping: stride))
            guard rows == Int32(storedHeight) else {
                throw VideoAnalysisError(.internalError, "libswscale gave \(rows) of \(storedHeight) rows.")
            }
        }
        guard !orientation.isUpright else { return stored }
        return Image(
            adopting: try Image.make { result, error in
                copencv_image_orient(
                    stored.handle, orientation.transposes, orientation.flipsHorizontally,
                    orientation.flipsVertically, result, error)
            })
    }

    /// The YUV matrix; where the stream does not say, BT.709 from 720 lines on and BT.601 below, as players assume.
    private func colorspace(of frame: AVFrame) -> Int32 {
        switch frame.colorspace {
        case AVCOL_SPC_BT709: SWS_CS_ITU709
        case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
        case AVCOL_SPC_FCC: SWS_CS_FCC
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
        default: frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601
        }
    }
}
