/// Keeps what depth rows need on disk until the whole video is seen.
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

    private let file: TemporaryFile
    /// Of a record without its map's pixels.
    private static let headBytes = 72

    init() throws(VideoAnalysisError) {
        file = try TemporaryFile(for: "depth")
    }

    func append(_ record: Record) throws(VideoAnalysisError) {
        var head = [UInt8](repeating: 0, count: Self.headBytes)
        head.withUnsafeMutableBytes { bytes in
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
        }
        try file.write(head)
        if let map = record.map { try file.write(map.pixels) }
    }

    /// Reads all records in the order in which they came; no `append` may follow.
    func forEach(_ body: (Record) throws(VideoAnalysisError) -> Void) throws(VideoAnalysisError) {
        try file.rewind()
        while !file.isAtEnd { try body(try read()) }
    }

    private func read() throws(VideoAnalysisError) -> Record {
        let head = try file.read(Self.headBytes, of: UInt8.self)
        var (record, count) = head.withUnsafeBytes { bytes in
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
        guard count > 0 else { return record }
        record.map?.pixels = try file.read(count, of: UInt16.self)
        return record
    }
}
