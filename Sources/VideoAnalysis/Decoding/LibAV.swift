import CFFmpeg

/// Calls into libav that every part of the decoder shares.
enum LibAV {
    /// libav's own sentence for an error code.
    static func message(for code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        cffmpeg_describe_error(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// libav's log goes to standard error, which is the command's own: what matters comes back as error codes.
    static let quiet: Void = av_log_set_level(AV_LOG_QUIET)

    /// The address of a local file. The explicit scheme keeps a name such as `concat:x` from being read as another one.
    static func address(of path: String) -> String { "file:" + path }

    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }
}
