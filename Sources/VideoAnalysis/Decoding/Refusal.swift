import CFFmpeg

/// Why libav refused a file or a picture, where its error code does not say it.
///
/// Outlives the contexts in whose `opaque` it is put.
final class Refusal {
    let pointer: OpaquePointer

    init() throws(VideoAnalysisError) {
        guard let made = cffmpeg_refusal_make() else {
            throw VideoAnalysisError(.outOfMemory, "There is no memory to open the file.")
        }
        pointer = made
    }

    deinit {
        cffmpeg_refusal_free(pointer)
    }

    var isOfStreams: Bool { cffmpeg_refused_streams(pointer) }

    /// The last size of a picture that was refused.
    var size: (width: Int, height: Int)? {
        let size = cffmpeg_refused_size(pointer)
        return size == 0 ? nil : (Int(size >> 32), Int(size & 0xFFFF_FFFF))
    }
}
