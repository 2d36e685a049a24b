/// Walks over the fields of one message in the protocol buffers' wire format, just enough to look into a model file.
struct ProtobufFields {
    struct Malformed: Error {}

    enum Value {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// A fixed-size number, which nothing here asks for.
        case fixed
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// Nil after the last field.
    mutating func next() throws(Malformed) -> (number: UInt64, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        guard key >> 3 > 0 else { throw Malformed() }
        switch key & 7 {
        case 0: return (key >> 3, .integer(try varint()))
        case 1: _ = try take(8)
        case 2: return (key >> 3, .bytes(try take(try varint())))
        case 5: _ = try take(4)
        default: throw Malformed()
        }
        return (key >> 3, .fixed)
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Malformed() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
