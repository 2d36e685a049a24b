/// The rows that a statement returned, and how many it touched.
package struct PostgreSQLResult: Sendable {
    package let rows: [PostgreSQLRow]
    /// Rows inserted, updated, deleted, copied or selected.
    package let affectedRows: Int64
}

/// One row, read by column name and type.
///
/// - Throws: Every reading call throws a `decoding` error that names the column when it is missing, null (but for the
///   `optional` forms) or of another type.
package struct PostgreSQLRow: Sendable {
    /// Shared by the rows of a result.
    let columns: [String: Int]
    let values: [String?]

    package func string(_ name: String) throws(PostgreSQLError) -> String {
        try required(name, optionalString(name))
    }

    package func int64(_ name: String) throws(PostgreSQLError) -> Int64 {
        try required(name, optionalInt64(name))
    }

    package func int(_ name: String) throws(PostgreSQLError) -> Int {
        try required(name, optionalInt(name))
    }

    package func double(_ name: String) throws(PostgreSQLError) -> Double {
        try required(name, optionalDouble(name))
    }

    package func bool(_ name: String) throws(PostgreSQLError) -> Bool {
        try required(name, optionalBool(name))
    }

    package func bytes(_ name: String) throws(PostgreSQLError) -> [UInt8] {
        try required(name, optionalBytes(name))
    }

    /// The elements of a `real[]` or a `vector`.
    package func floats(_ name: String) throws(PostgreSQLError) -> [Float] {
        try required(name, optionalFloats(name))
    }

    package func optionalString(_ name: String) throws(PostgreSQLError) -> String? {
        guard let index = columns[name] else {
            throw PostgreSQLError(.decoding, "the result has no column \(name)")
        }
        return values[index]
    }

    package func optionalInt64(_ name: String) throws(PostgreSQLError) -> Int64? {
        try converted(name, "an integer") { Int64($0) }
    }

    package func optionalInt(_ name: String) throws(PostgreSQLError) -> Int? {
        try converted(name, "an integer") { Int($0) }
    }

    package func optionalDouble(_ name: String) throws(PostgreSQLError) -> Double? {
        try converted(name, "a number") { Double($0) }
    }

    package func optionalBool(_ name: String) throws(PostgreSQLError) -> Bool? {
        try converted(name, "a boolean") { $0 == "t" ? true : $0 == "f" ? false : nil }
    }

    package func optionalBytes(_ name: String) throws(PostgreSQLError) -> [UInt8]? {
        try converted(name, "bytea") { Self.bytes(ofHex: $0) }
    }

    package func optionalFloats(_ name: String) throws(PostgreSQLError) -> [Float]? {
        try converted(name, "real[] or vector") { Self.floats(of: $0) }
    }

    private func required<T>(_ name: String, _ value: T?) throws(PostgreSQLError) -> T {
        guard let value else { throw PostgreSQLError(.decoding, "column \(name) is null") }
        return value
    }

    private func converted<T>(
        _ name: String, _ type: String, _ convert: (String) -> T?
    ) throws(PostgreSQLError) -> T? {
        guard let text = try optionalString(name) else { return nil }
        guard let value = convert(text) else {
            throw PostgreSQLError(.decoding, "column \(name) is not \(type)")
        }
        return value
    }

    /// PostgreSQL's hexadecimal form of bytea: `\x0aff`.
    private static func bytes(ofHex text: String) -> [UInt8]? {
        guard text.hasPrefix("\\x") else { return nil }
        let digits = text.utf8.dropFirst(2)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// `{1,2.5}` (array) or `[1,2.5]` (vector).
    private static func floats(of text: String) -> [Float]? {
        guard let first = text.first, let last = text.last, "\(first)\(last)" == "{}" || "\(first)\(last)" == "[]"
        else {
            return nil
        }
        var floats: [Float] = []
        for part in text.dropFirst().dropLast().split(separator: ",") {
            guard let value = Float(part) else { return nil }
            floats.append(value)
        }
        return floats
    }
}
