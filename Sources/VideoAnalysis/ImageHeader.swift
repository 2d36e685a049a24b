/// What a PNG or JPEG file's outer structure says of it: what to know before memory is spent on its pixels.
struct ImageHeader: Hashable {
    enum FileFormat: Hashable { case png, jpeg }

    var format: FileFormat
    var width: Int
    var height: Int
    /// Whether the file goes on to its end mark.
    var isComplete: Bool
    /// The parts of the file, in order, that its pixels need. Others may hold compressed texts that grow without limit.
    var essentialParts: [Range<Int>]

    /// - Returns: Nil when the bytes begin neither a PNG nor a baseline or progressive JPEG file.
    init?(_ bytes: [UInt8]) {
        if let header = ImageHeader(png: bytes) ?? ImageHeader(jpeg: bytes) {
            self = header
        } else {
            return nil
        }
    }

    private init(format: FileFormat, width: Int, height: Int) {
        self.format = format
        self.width = width
        self.height = height
        isComplete = false
        essentialParts = []
    }
}

extension ImageHeader {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let essentialChunks: Set<[UInt8]> = Set(["IHDR", "PLTE", "IDAT", "IEND"].map { Array($0.utf8) })

    /// Walks the chunks (ISO/IEC 15948, 5.3).
    private init?(png bytes: [UInt8]) {
        func integer(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        func type(at offset: Int) -> [UInt8] { Array(bytes[offset + 4..<offset + 8]) }
        guard bytes.count >= 24, bytes.starts(with: Self.signature), type(at: 8) == Array("IHDR".utf8) else {
            return nil
        }
        self.init(format: .png, width: integer(at: 16), height: integer(at: 20))
        essentialParts = [0..<8]
        var offset = 8
        while offset + 12 <= bytes.count, !isComplete {
            let end = offset + 12 + integer(at: offset)
            guard end <= bytes.count else { return }
            let type = type(at: offset)
            if Self.essentialChunks.contains(type) { essentialParts.append(offset..<end) }
            isComplete = type == Array("IEND".utf8)
            offset = end
        }
    }
}

extension ImageHeader {
    /// A picture of more scans is made to cost time: a usual one has at most a dozen.
    private static let mostScans = 100

    private enum Marker {
        static let startOfImage: UInt8 = 0xD8
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
        /// Huffman coding with 8 bits: baseline, extended, progressive.
        static let startsOfFrame: ClosedRange<UInt8> = 0xC0...0xC2
        static let otherStartsOfFrame: Set<UInt8> = [
            0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7,
        ]
        static func isInsideScan(_ code: UInt8) -> Bool { code == 0 || (0xD0...0xD7).contains(code) }
    }

    /// Walks the segments and the scans between them (ISO/IEC 10918-1, B.1.1 and B.2).
    private init?(jpeg bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, Marker.startOfImage]) else { return nil }
        var found: ImageHeader?
        var offset = 2
        var scans = 0
        while offset + 2 <= bytes.count {
            guard bytes[offset] == 0xFF else { break }
            let marker = bytes[offset + 1]
            if marker == 0xFF {
                offset += 1
                continue
            }
            if marker == Marker.endOfImage {
                offset += 2
                found?.isComplete = scans > 0
                break
            }
            guard offset + 4 <= bytes.count else { break }
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            if Marker.startsOfFrame.contains(marker), found == nil, offset + 9 <= bytes.count {
                found = ImageHeader(
                    format: .jpeg, width: Int(bytes[offset + 7]) << 8 | Int(bytes[offset + 8]),
                    height: Int(bytes[offset + 5]) << 8 | Int(bytes[offset + 6]))
            } else if Marker.startsOfFrame.contains(marker) || Marker.otherStartsOfFrame.contains(marker) {
                return nil
            }
            offset += 2 + max(length, 2)
            guard marker == Marker.startOfScan else { continue }
            scans += 1
            guard scans <= Self.mostScans else { return nil }
            offset = Self.endOfScan(from: offset, in: bytes)
        }
        guard var header = found else { return nil }
        header.essentialParts = [0..<min(offset, bytes.count)]
        self = header
    }

    private static func endOfScan(from start: Int, in bytes: [UInt8]) -> Int {
        var offset = start
        while offset + 1 < bytes.count {
            if bytes[offset] == 0xFF, !Marker.isInsideScan(bytes[offset + 1]) { return offset }
            offset += 1
        }
        return bytes.count
    }
}
