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
        /// What a depth network says of the object.
        var statistics: DepthRaster.Statistics?
        /// What a depth network says of a whole frame.
        var map: Map?

        struct Object: Hashable {
            var trackID: Int32
            var isPerson: Bool
            var box: BoundingBox
        }

        /// Values of a network in 65,535 steps.
        struct Map: Hashable {
            var lowest: Float
            var step: Float
            /// 0 for a value that is not known, else one more than the steps over the lowest.
            var pixels: [UInt16]
        }
    }

    private let file: UnsafeMutablePointer<FILE>
    /// Of a record without its map's pixels.
    private static let headBytes = 72

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
        let written = withUnsafeTemporaryAllocation(byteCount: Self.headBytes, alignment: 8) { bytes in
            let object = record.object
            bytes.storeBytes(of: record.frameNumber, toByteOffset: 0, as: Int64.self)
            bytes.storeBytes(of: record.timestamp, toByteOffset: 8, as: Double.self)
            bytes.storeBytes(of: object?.trackID ?? 0, toByteOffset: 16, as: Int32.self)
            bytes.storeBytes(of: object.map { $0.isPerson ? 2 : 1 } ?? 0, toByteOffset: 20, as: Int32.self)
            let box = object?.box ?? BoundingBox(x1: 0, y1: 0, x2: 0, y2: 0)
            let found = record.statistics ?? .init(average: 0, lower: 0, upper: 0, variance: 0, share: 0)
            let floats = [
                box.x1, box.y1, box.x2, box.y2, found.average, found.lower, found.upper, found.variance, found.share,
                record.map?.lowest ?? 0, record.map?.step ?? 0,
            ]
            for (index, float) in floats.enumerated() {
                bytes.storeBytes(of: float, toByteOffset: 24 + 4 * index, as: Float.self)
            }
            bytes.storeBytes(of: Int32(record.map?.pixels.count ?? 0), toByteOffset: 68, as: Int32.self)
            return fwrite(bytes.baseAddress, 1, Self.headBytes, file)
        }
        guard written == Self.headBytes else { throw Self.failure("written") }
        guard let pixels = record.map?.pixels else { return }
        guard pixels.withUnsafeBufferPointer({ fwrite($0.baseAddress, 2, $0.count, file) }) == pixels.count else {
            throw Self.failure("written")
        }
    }

    /// Reads all records in the order in which they came; no `append` may follow.
    func forEach(_ body: (Record) throws(VideoAnalysisError) -> Void) throws(VideoAnalysisError) {
        guard fflush(file) == 0, fseek(file, 0, SEEK_SET) == 0 else { throw Self.failure("written") }
        while let record = read() { try body(record) }
        guard ferror(file) == 0 else { throw Self.failure("read") }
    }

    private func read() -> Record? {
        let head = withUnsafeTemporaryAllocation(byteCount: Self.headBytes, alignment: 8) { bytes -> (Record, Int)? in
            guard fread(bytes.baseAddress, 1, Self.headBytes, file) == Self.headBytes else { return nil }
            let kind = bytes.load(fromByteOffset: 20, as: Int32.self)
            let floats = (0..<11).map { bytes.load(fromByteOffset: 24 + 4 * $0, as: Float.self) }
            var record = Record(
                frameNumber: bytes.load(fromByteOffset: 0, as: Int64.self),
                timestamp: bytes.load(fromByteOffset: 8, as: Double.self))
            if kind != 0 {
                record.object = .init(
                    trackID: bytes.load(fromByteOffset: 16, as: Int32.self), isPerson: kind == 2,
                    box: BoundingBox(x1: floats[0], y1: floats[1], x2: floats[2], y2: floats[3]))
            }
            if floats[8] > 0 {
                record.statistics = .init(
                    average: floats[4], lower: floats[5], upper: floats[6], variance: floats[7], share: floats[8])
            }
            let count = Int(bytes.load(fromByteOffset: 68, as: Int32.self))
            if count > 0 { record.map = .init(lowest: floats[9], step: floats[10], pixels: []) }
            return (record, count)
        }
        guard let (found, count) = head else { return nil }
        var record = found
        guard count > 0 else { return record }
        let pixels = [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = fread(buffer.baseAddress, 2, count, file)
        }
        guard pixels.count == count else { return nil }
        record.map?.pixels = pixels
        return record
    }

    private static func failure(_ what: String) -> VideoAnalysisError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return VideoAnalysisError(
            isFull ? .diskFull : .internalError,
            "The temporary file for depth cannot be \(what): \(String(cString: strerror(number))).")
    }
}
