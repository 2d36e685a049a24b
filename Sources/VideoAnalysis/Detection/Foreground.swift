import COpenCV

/// What differs from the background in one frame.
///
/// Unchecked since it lies behind a C pointer: nothing changes it after `init`, only `deinit` frees it.
final class Foreground: @unchecked Sendable {
    struct Blob {
        var box: BoundingBox
        /// Pixels that belong to it.
        var area: Float
    }

    private let handle: OpaquePointer

    init(adopting handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        copencv_foreground_release(handle)
    }

    /// Of the frame, 0 to 1.
    var share: Double { copencv_foreground_share(handle) }

    /// The connected parts, from the top.
    func blobs(minimumArea: Float) throws(VideoAnalysisError) -> [Blob] {
        var list = copencv_list()
        defer { copencv_list_release(list) }
        try Image.check { error in copencv_foreground_blobs(handle, minimumArea, &list, error) }
        return list.items(as: copencv_blob.self).map { Blob(box: BoundingBox($0.box), area: $0.area) }
    }

    /// The share of each box that is foreground.
    func coverage(of boxes: [BoundingBox]) throws(VideoAnalysisError) -> [Float] {
        let boxes = boxes.map { copencv_box($0) }
        var shares = [Float](repeating: 0, count: boxes.count)
        try Image.check { error in
            boxes.withUnsafeBufferPointer { boxes in
                shares.withUnsafeMutableBufferPointer { shares in
                    copencv_foreground_coverage(handle, boxes.baseAddress, boxes.count, shares.baseAddress, error)
                }
            }
        }
        return shares
    }
}
