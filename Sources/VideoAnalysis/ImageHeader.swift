/// The size that a PNG or JPEG file says it has: what to know before memory is spent on its pixels.
struct ImageHeader: Hashable {
    var width: Int
    var height: Int

    /// - Returns: Nil when the bytes begin neither a PNG nor a JPEG file.
    init?(_ bytes: [UInt8]) {
        if let png = ImageHeader(png: bytes) ?? ImageHeader(jpeg: bytes) {
            self = png
        } else {
            return nil
        }
    }

    private init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    private init?(png bytes: [UInt8]) {
        guard bytes.count >= 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            bytes[12..<16].elementsEqual(Array("IHDR".utf8))
        else { return nil }
        func integer(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        self.init(width: integer(at: 16), height: integer(at: 20))
    }

    /// Walks the segments to the start of frame (ISO/IEC 10918-1 B.2.2).
    private init?(jpeg bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var offset = 2
        while offset + 9 <= bytes.count {
            guard bytes[offset] == 0xFF else { return nil }
            let marker = bytes[offset + 1]
            if marker == 0xFF {
                offset += 1
                continue
            }
            let isFrame = (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker)
            if isFrame {
                self.init(
                    width: Int(bytes[offset + 7]) << 8 | Int(bytes[offset + 8]),
                    height: Int(bytes[offset + 5]) << 8 | Int(bytes[offset + 6]))
                return
            }
            offset += 2 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
        }
        return nil
    }
}
