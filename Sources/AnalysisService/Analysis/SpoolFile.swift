import Glibc
import PostgreSQL
import VideoAnalysis

/// One table's file in the spool folder, written in PostgreSQL's binary COPY format through a bounded buffer.
final class SpoolFile {
    private static let bufferBytes = 256 << 10

    private let path: String
    private var descriptor: Int32
    private var encoder = BinaryCopyEncoder()
    private let fields: Int

    /// Makes the file; there must be none.
    init(_ table: SpoolTable, in folder: String) throws(VideoAnalysisError) {
        path = "\(folder)/\(table.fileName)"
        fields = table.columns.count
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends a row: `body` writes each of the table's columns by one call.
    func row(_ body: (inout BinaryCopyEncoder) -> Void) throws(VideoAnalysisError) {
        encoder.startRow(fields: fields)
        body(&encoder)
        if encoder.buffer.count >= Self.bufferBytes { try flush() }
    }

    /// Writes the rest. No row may follow.
    func finish() throws(VideoAnalysisError) {
        encoder.finish()
        try flush()
        let closing = descriptor
        descriptor = -1
        guard close(closing) == 0 else { throw Self.error(path, errno) }
    }

    private func flush() throws(VideoAnalysisError) {
        try Self.write(encoder.take(), to: descriptor, path: path)
    }

    /// Writes all of the bytes.
    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(VideoAnalysisError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw error(path, errno)
            }
            rest = rest.dropFirst(count)
        }
    }

    static func error(_ path: String, _ code: Int32) -> VideoAnalysisError {
        let reason = String(cString: strerror(code))
        // EFBIG: the limit on the size of a process's files, which stands for a share of the disk.
        let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
        return VideoAnalysisError(isFull ? .diskFull : .internalError, "\(path) cannot be written: \(reason).")
    }
}
