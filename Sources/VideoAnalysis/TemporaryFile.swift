import Foundation

/// Keeps on disk what is needed until the whole video is seen, so that memory stays flat however long it is: written
/// first, then read from its start.
///
/// The file has no name any more once it is open, so nothing of it stays behind however the process ends. Not for use
/// from two threads at once.
final class TemporaryFile {
    private let file: UnsafeMutablePointer<FILE>
    /// What it is for, as errors say it.
    private let purpose: String
    /// Bytes that were written and not read yet.
    private var remaining = 0

    init(for purpose: String) throws(VideoAnalysisError) {
        self.purpose = purpose
        var path = Array((FileManager.default.temporaryDirectory.path + "/framelake-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure(purpose, "made") }
        unlink(path)
        guard let opened = fdopen(descriptor, "w+") else {
            let error = Self.failure(purpose, "opened")
            close(descriptor)
            throw error
        }
        file = opened
    }

    deinit {
        fclose(file)
    }

    func write(_ values: [some BitwiseCopyable]) throws(VideoAnalysisError) {
        let (count, written) = values.withUnsafeBytes { ($0.count, fwrite($0.baseAddress, 1, $0.count, file)) }
        guard written == count else { throw Self.failure(purpose, "written") }
        remaining += count
    }

    /// Ends writing; what is read next comes from the start.
    func rewind() throws(VideoAnalysisError) {
        guard fflush(file) == 0, fseek(file, 0, SEEK_SET) == 0 else { throw Self.failure(purpose, "written") }
    }

    /// Whether all that was written has been read.
    var isAtEnd: Bool { remaining == 0 }

    /// - Throws: A ``VideoAnalysisError`` when fewer are left than that.
    func read<Value: BitwiseCopyable>(_ count: Int, of _: Value.Type) throws(VideoAnalysisError) -> [Value] {
        let values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = fread(buffer.baseAddress, MemoryLayout<Value>.stride, count, file)
        }
        guard ferror(file) == 0 else { throw Self.failure(purpose, "read") }
        guard values.count == count else {
            throw VideoAnalysisError(
                .internalError, "The temporary file for \(purpose) cannot be read: it was cut off.")
        }
        remaining -= count * MemoryLayout<Value>.stride
        return values
    }

    private static func failure(_ purpose: String, _ what: String) -> VideoAnalysisError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT || number == EFBIG
        return VideoAnalysisError(
            isFull ? .diskFull : .internalError,
            "The temporary file for \(purpose) cannot be \(what): \(String(cString: strerror(number))).")
    }
}
