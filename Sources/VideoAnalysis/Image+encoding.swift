import COpenCV

extension Image {
    /// A PNG file's bytes; 16-bit gray stays 16-bit.
    package func encodedPNG() throws(VideoAnalysisError) -> [UInt8] {
        try encoded(as: ".png", quality: 0)
    }

    /// A JPEG file's bytes.
    ///
    /// - Parameter quality: 0 to 100.
    package func encodedJPEG(quality: Int = 85) throws(VideoAnalysisError) -> [UInt8] {
        try encoded(as: ".jpg", quality: Int32(clamping: min(max(quality, 0), 100)))
    }

    private func encoded(as fileExtension: String, quality: Int32) throws(VideoAnalysisError) -> [UInt8] {
        var bytes = copencv_bytes(data: nil, count: 0)
        try Image.check { error in copencv_image_encode(handle, fileExtension, quality, &bytes, error) }
        defer { copencv_bytes_release(bytes) }
        return [UInt8](UnsafeBufferPointer(start: bytes.data, count: bytes.count))
    }
}
