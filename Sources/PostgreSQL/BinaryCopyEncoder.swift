/// Writes rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format") into a buffer.
///
/// Whoever writes a file empties the buffer as it fills: `take()` after a number of rows keeps memory flat. A row's
/// fields follow in the order of the COPY's columns, each by one call.
package struct BinaryCopyEncoder: Sendable {
    private static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
    private static let float4Type: Int32 = 700

    package private(set) var buffer: [UInt8] = []

    /// Begins with the format's header.
    package init() {
        buffer += Self.signature
        append(Int32(0))  // flags
        append(Int32(0))  // length of the header's extension
    }

    /// Hands over what was written since the last call.
    package mutating func take() -> [UInt8] {
        defer { buffer.removeAll(keepingCapacity: true) }
        return buffer
    }

    package mutating func startRow(fields: Int) {
        append(Int16(fields))
    }

    /// Ends the file: nothing may follow.
    package mutating func finish() {
        append(Int16(-1))
    }

    package mutating func null() {
        append(Int32(-1))
    }

    package mutating func bool(_ value: Bool) {
        append(Int32(1))
        buffer.append(value ? 1 : 0)
    }

    package mutating func int2(_ value: Int16) {
        append(Int32(2))
        append(value)
    }

    package mutating func int4(_ value: Int32) {
        append(Int32(4))
        append(value)
    }

    package mutating func int8(_ value: Int64) {
        append(Int32(8))
        append(value)
    }

    package mutating func float4(_ value: Float) {
        append(Int32(4))
        append(value.bitPattern)
    }

    package mutating func float8(_ value: Double) {
        append(Int32(8))
        append(value.bitPattern)
    }

    /// PostgreSQL text cannot hold a zero byte: the COPY of such a text fails.
    package mutating func text(_ value: String) {
        append(Int32(value.utf8.count))
        buffer.append(contentsOf: value.utf8)
    }

    package mutating func bytes(_ value: some Collection<UInt8>) {
        append(Int32(value.count))
        buffer.append(contentsOf: value)
    }

    /// JSON text; the field's first byte is the version of the format.
    package mutating func jsonb(_ value: String) {
        append(Int32(value.utf8.count + 1))
        buffer.append(1)
        buffer.append(contentsOf: value.utf8)
    }

    /// `real[]` of one dimension with the lower bound 1; an empty array has no dimension.
    package mutating func realArray(_ values: [Float]) {
        append(Int32(values.isEmpty ? 12 : 20 + 8 * values.count))
        append(Int32(values.isEmpty ? 0 : 1))
        append(Int32(0))  // no nulls
        append(Self.float4Type)
        guard !values.isEmpty else { return }
        append(Int32(values.count))
        append(Int32(1))
        for value in values {
            float4(value)
        }
    }

    /// pgvector's `vector`: the dimension, a reserved zero, and the elements, which must be finite.
    package mutating func vector(_ values: [Float]) {
        append(Int32(4 + 4 * values.count))
        append(Int16(values.count))
        append(Int16(0))
        for value in values {
            append(value.bitPattern)
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
    }
}
