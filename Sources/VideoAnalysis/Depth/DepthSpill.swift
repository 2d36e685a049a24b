import Foundation

/// Keeps what depth rows need on disk until the whole video is seen: memory stays flat however long it is.
///
/// The file has no name any more once it is open, so nothing of it stays behind however the process ends.
final class DepthSpill {
    struct Record: Hashable {
        var frameNumber: Int64
        var timestamp: Double
        /// Nil for a whole frame.
        var object: Object?

        struct Object: Hashable {
            var trackID: Int32
            var isPerson: Bool
            var box: BoundingBox
        }
    }

    private let file: UnsafeMutablePointer<FILE>
    private static let recordBytes = 40

    init() throws(VideoAnalysisError) {
        var path = Array((FileManager.default.temporaryDirectory.path + "/framelake-depth-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure("made") }
        unlink(path)
        guard let opened = fdopen(descriptor, "w+") else {
            let error = Self.failure("opened")
            close(descriptor)
            throw error
        }
        file = opened
    }

    deinit {
        fclose(file)
    }

    func append(_ record: Record) throws(VideoAnalysisError) {
        let written = withUnsafeTemporaryAllocation(byteCount: Self.recordBytes, alignment: 8) { bytes in
            let object = record.object
            bytes.storeBytes(of: record.frameNumber, toByteOffset: 0, as: Int64.self)
            bytes.storeBytes(of: record.timestamp, toByteOffset: 8, as: Double.self)
            bytes.storeBytes(of: object?.trackID ?? 0, toByteOffset: 16, as: Int32.self)
            bytes.storeBytes(of: object.map { $0.isPerson ? 2 : 1 } ?? 0, toByteOffset: 20, as: Int32.self)
            let box = object?.box ?? BoundingBox(x1: 0, y1: 0, x2: 0, y2: 0)
            bytes.storeBytes(of: box.x1, toByteOffset: 24, as: Float.self)
            bytes.storeBytes(of: box.y1, toByteOffset: 28, as: Float.self)
            bytes.storeBytes(of: box.x2, toByteOffset: 32, as: Float.self)
            bytes.storeBytes(of: box.y2, toByteOffset: 36, as: Float.self)
            return fwrite(bytes.baseAddress, 1, Self.recordBytes, file)
        }
        guard written == Self.recordBytes else { throw Self.failure("written") }
    }

    /// Reads all records in the order in which they came; no `append` may follow.
    func forEach(_ body: (Record) throws(VideoAnalysisError) -> Void) throws(VideoAnalysisError) {
        guard fflush(file) == 0, fseek(file, 0, SEEK_SET) == 0 else { throw Self.failure("written") }
        while let record = read() { try body(record) }
        guard ferror(file) == 0 else { throw Self.failure("read") }
    }

    private func read() -> Record? {
        withUnsafeTemporaryAllocation(byteCount: Self.recordBytes, alignment: 8) { bytes in
            guard fread(bytes.baseAddress, 1, Self.recordBytes, file) == Self.recordBytes else { return nil }
            let kind = bytes.load(fromByteOffset: 20, as: Int32.self)
            let box = BoundingBox(
                x1: bytes.load(fromByteOffset: 24, as: Float.self), y1: bytes.load(fromByteOffset: 28, as: Float.self),
                x2: bytes.load(fromByteOffset: 32, as: Float.self), y2: bytes.load(fromByteOffset: 36, as: Float.self))
            let trackID = bytes.load(fromByteOffset: 16, as: Int32.self)
            return Record(
                frameNumber: bytes.load(fromByteOffset: 0, as: Int64.self),
                timestamp: bytes.load(fromByteOffset: 8, as: Double.self),
                object: kind == 0 ? nil : .init(trackID: trackID, isPerson: kind == 2, box: box))
        }
    }

    private static func failure(_ what: String) -> VideoAnalysisError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return VideoAnalysisError(
            isFull ? .diskFull : .internalError,
            "The temporary file for depth cannot be \(what): \(String(cString: strerror(number))).")
    }
}
