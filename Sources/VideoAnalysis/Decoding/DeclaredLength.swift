/// How long a file is by its own first bytes: a file that is shorter was cut off, though all that is left is sound.
enum DeclaredLength {
    /// As many of the first bytes as are looked at.
    static let headBytes = 512

    /// - Parameters:
    ///   - head: The file's first bytes, at most ``headBytes``.
    ///   - container: libav's name of the demuxer.
    static func isCutOff(head: [UInt8], fileSize: Int64, container: String) -> Bool {
        switch container {
        case "matroska": segmentEnd(head).map { $0 > fileSize } ?? false
        case "avi": riffEnd(head).map { $0 > fileSize } ?? false
        case "mpegts": isOfWholePackets(head) && fileSize % Int64(packetBytes) != 0
        default: false
        }
    }

    /// RFC 8794, sections 4 and 5: the EBML header, then the segment.
    private static func segmentEnd(_ head: [UInt8]) -> Int64? {
        guard let (headerSize, headerStart) = sizeAfter([0x1A, 0x45, 0xDF, 0xA3], in: head[...]), headerSize < 256,
            let (size, start) = sizeAfter([0x18, 0x53, 0x80, 0x67], in: head.dropFirst(headerStart + Int(headerSize)))
        else { return nil }
        return Int64(start) + size
    }

    /// The size that follows an element's identifier, and where its content starts; nil when the size is not known.
    private static func sizeAfter(_ identifier: [UInt8], in bytes: ArraySlice<UInt8>) -> (size: Int64, start: Int)? {
        guard bytes.starts(with: identifier), let first = bytes.dropFirst(identifier.count).first, first != 0 else {
            return nil
        }
        let length = first.leadingZeroBitCount + 1
        let field = bytes.dropFirst(identifier.count).prefix(length)
        guard field.count == length else { return nil }
        let bits = 7 * length
        let value = field.reduce(Int64(0)) { $0 << 8 | Int64($1) } & ((1 << bits) - 1)
        return value == (1 << bits) - 1 ? nil : (value, field.endIndex)
    }

    /// The first RIFF list; those that were written without knowing their end say 0 or the largest number.
    private static func riffEnd(_ head: [UInt8]) -> Int64? {
        guard head.count >= 12, head.starts(with: Array("RIFF".utf8)) else { return nil }
        let size = head[4..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return size >= 0xFFFF_FF00 ? nil : size + 8
    }

    private static let packetBytes = 188

    /// Not those of 192 or 204 bytes.
    private static func isOfWholePackets(_ head: [UInt8]) -> Bool {
        stride(from: 0, to: head.count, by: packetBytes).allSatisfy { head[$0] == 0x47 }
    }
}
