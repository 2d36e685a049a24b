import COpenCV

/// Pixels that never change once they are made: BGR with 8 bits, gray with 8 or with 16 bits.
///
/// Drawing works on a copy, see `drawing(_:)`.
///
/// Unchecked since the pixels lie behind a C pointer: nothing writes to them after `init`, only `deinit` frees them.
package final class Image: @unchecked Sendable {
    package enum PixelFormat: Sendable, Hashable {
        case bgr8, gray8, gray16

        var raw: copencv_format {
            switch self {
            case .bgr8: copencv_format_bgr8
            case .gray8: copencv_format_gray8
            case .gray16: copencv_format_gray16
            }
        }

        package var bytesPerPixel: Int {
            switch self {
            case .bgr8: 3
            case .gray8: 1
            case .gray16: 2
            }
        }
    }

    /// The `copencv_image` for calls into COpenCV, valid while this object lives.
    let handle: OpaquePointer

    init(adopting handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        copencv_image_release(handle)
    }

    /// Makes an image whose rows `fill` writes.
    ///
    /// - Parameter fill: Receives the pixels, undefined so far, and the distance between rows in bytes.
    package convenience init(
        width: Int, height: Int, format: PixelFormat,
        fill: (_ pixels: UnsafeMutableRawBufferPointer, _ stride: Int) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) {
        guard width > 0, height > 0, width <= 65_535, height <= 65_535 else {
            throw VideoAnalysisError(.internalError, "An image cannot measure \(width) x \(height) pixels.")
        }
        let handle = try Image.make { result, error in
            copencv_image_create(Int32(width), Int32(height), format.raw, result, error)
        }
        self.init(adopting: handle)
        let stride = copencv_image_stride(handle)
        try fill(
            UnsafeMutableRawBufferPointer(start: copencv_image_bytes(handle), count: stride * height), stride)
    }

    /// Makes an image from rows without gaps between them.
    package convenience init(
        width: Int, height: Int, format: PixelFormat, bytes: [UInt8]
    ) throws(VideoAnalysisError) {
        let rowBytes = width * format.bytesPerPixel
        guard width > 0, height > 0, bytes.count == rowBytes * height else {
            throw VideoAnalysisError(
                .internalError, "\(bytes.count) bytes are no image of \(width) x \(height) pixels.")
        }
        try self.init(width: width, height: height, format: format) { pixels, stride in
            for row in 0..<height {
                let source = bytes[row * rowBytes..<(row + 1) * rowBytes]
                UnsafeMutableRawBufferPointer(rebasing: pixels[row * stride..<row * stride + rowBytes])
                    .copyBytes(from: source)
            }
        }
    }

    package var width: Int { Int(copencv_image_width(handle)) }
    package var height: Int { Int(copencv_image_height(handle)) }

    package var format: PixelFormat {
        switch copencv_image_format(handle) {
        case copencv_format_gray8: .gray8
        case copencv_format_gray16: .gray16
        default: .bgr8
        }
    }

    /// Lends the pixels; rows are `stride` bytes apart.
    package func withBytes<Result, Failure: Error>(
        _ body: (_ pixels: UnsafeRawBufferPointer, _ stride: Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let stride = copencv_image_stride(handle)
        return try body(
            UnsafeRawBufferPointer(start: copencv_image_bytes(handle), count: stride * height), stride)
    }

    /// By area when it shrinks, bilinear when it grows.
    package func resized(width: Int, height: Int) throws(VideoAnalysisError) -> Image {
        let size = (Int32(clamping: max(1, width)), Int32(clamping: max(1, height)))
        return Image(
            adopting: try Image.make { result, error in
                copencv_image_resize(handle, size.0, size.1, result, error)
            })
    }

    /// The part inside `box`, whole pixels, at least one.
    package func cropped(to box: BoundingBox) throws(VideoAnalysisError) -> Image {
        let inside = box.clamped(width: Float(width), height: Float(height))
        guard inside.x1.isFinite, inside.y1.isFinite, inside.x2.isFinite, inside.y2.isFinite else {
            throw VideoAnalysisError(.internalError, "A box without finite corners cannot be cut out.")
        }
        let x = min(Int32(inside.x1), Int32(width) - 1)
        let y = min(Int32(inside.y1), Int32(height) - 1)
        let right = max(x + 1, Int32(inside.x2.rounded(.up)))
        let bottom = max(y + 1, Int32(inside.y2.rounded(.up)))
        return Image(
            adopting: try Image.make { result, error in
                copencv_image_crop(handle, x, y, right - x, bottom - y, result, error)
            })
    }

    package func gray() throws(VideoAnalysisError) -> Image {
        Image(adopting: try Image.make { result, error in copencv_image_gray(handle, result, error) })
    }

    /// The median of each pixel over images of one size: what stays when people walk by.
    package static func median(of images: [Image]) throws(VideoAnalysisError) -> Image {
        let handles = images.map { Optional($0.handle) }
        return try withExtendedLifetime(images) { () throws(VideoAnalysisError) in
            Image(
                adopting: try make { result, error in
                    handles.withUnsafeBufferPointer { buffer in
                        guard let start = buffer.baseAddress else { return copencv_status_failed }
                        return copencv_image_median(start, buffer.count, result, error)
                    }
                })
        }
    }

    static func make(
        _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<copencv_error>) -> copencv_status
    ) throws(VideoAnalysisError) -> OpaquePointer {
        var result: OpaquePointer?
        try check { error in call(&result, error) }
        guard let result else { throw VideoAnalysisError(.internalError, "OpenCV gave no image.") }
        return result
    }

    /// Calls into COpenCV and throws what it reports.
    static func check(
        _ call: (UnsafeMutablePointer<copencv_error>) -> copencv_status
    ) throws(VideoAnalysisError) {
        var error = copencv_error()
        let status = call(&error)
        guard status != copencv_status_ok else { return }
        let message = withUnsafeBytes(of: error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        throw VideoAnalysisError(
            status == copencv_status_out_of_memory ? .outOfMemory : .internalError,
            message.isEmpty ? "OpenCV reported a failure." : "OpenCV: \(message)")
    }
}
