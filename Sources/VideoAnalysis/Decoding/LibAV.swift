import CFFmpeg

/// Calls into libav that every part of the decoder shares.
enum LibAV {
    /// libav's own sentence for an error code.
    static func message(for code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        cffmpeg_describe_error(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Touched before libav is used. Its log would go to standard error, which is the command's own; and a file may
    /// not make it allocate whatever its headers say.
    static let isPrepared: Void = {
        cffmpeg_take_log()
        av_max_alloc(largestAllocation)
    }()

    /// Bytes in one piece: a plane of 64 million pixels of 8 bytes, or an index of 20 million frames.
    private static let largestAllocation = 512 << 20

    /// What it means that libav has no memory.
    ///
    /// When the process could have had the largest piece that libav may ask for, the file wanted a larger one: now as
    /// later. The pages of the piece are not touched.
    static func noMemory(to what: String) -> VideoAnalysisError {
        guard let piece = av_malloc(largestAllocation) else {
            return VideoAnalysisError(.outOfMemory, "There is no memory to \(what).")
        }
        av_free(piece)
        return VideoAnalysisError(
            .tooLarge,
            "To \(what) takes more than \(largestAllocation >> 20) MiB in one piece: the file is made to exhaust memory."
        )
    }

    /// The address of a local file. The explicit scheme keeps a name such as `concat:x` from being read as another one.
    static func address(of path: String) -> String { "file:" + path }

    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }
}
