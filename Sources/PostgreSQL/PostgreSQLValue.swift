/// A parameter of a statement. The server infers the type from the statement, but for `bytes`, which are `bytea`.
package enum PostgreSQLValue: Sendable, Hashable {
    case null
    /// Text, and every type that PostgreSQL reads from text: JSON, timestamps, arrays, vectors.
    case text(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case bytes([UInt8])

    package init(_ value: String?) {
        self = value.map(Self.text) ?? .null
    }

    package init(_ value: Int64?) {
        self = value.map(Self.integer) ?? .null
    }

    package init(_ value: Int?) {
        self = value.map { .integer(Int64($0)) } ?? .null
    }

    package init(_ value: Double?) {
        self = value.map(Self.double) ?? .null
    }

    /// pgvector's text form, `[0.1,0.2]`: write `$1::vector` in the statement.
    package static func vector(_ elements: [Float]) -> Self {
        .text("[" + elements.map(\.description).joined(separator: ",") + "]")
    }
}

extension PostgreSQLValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) {
        self = .text(value)
    }

    package init(integerLiteral value: Int64) {
        self = .integer(value)
    }

    package init(floatLiteral value: Double) {
        self = .double(value)
    }

    package init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    package init(nilLiteral: ()) {
        self = .null
    }
}

extension PostgreSQLValue {
    /// The bytes that go to the server, with the final zero that libpq wants of text; nil is NULL.
    func encoded() throws(PostgreSQLError) -> [CChar]? {
        switch self {
        case .null: return nil
        case .integer(let value): return Self.zeroTerminated(String(value))
        case .bool(let value): return Self.zeroTerminated(value ? "t" : "f")
        case .bytes(let bytes): return bytes.map { CChar(bitPattern: $0) }
        case .double(let value):
            if value.isNaN { return Self.zeroTerminated("NaN") }
            if value.isInfinite { return Self.zeroTerminated(value < 0 ? "-Infinity" : "Infinity") }
            return Self.zeroTerminated(value.description)
        case .text(let text):
            guard !text.utf8.contains(0) else {
                throw PostgreSQLError(.query, "a text parameter contains a zero byte, which PostgreSQL cannot store")
            }
            return Self.zeroTerminated(text)
        }
    }

    var isBinary: Bool {
        if case .bytes = self { true } else { false }
    }

    private static func zeroTerminated(_ text: String) -> [CChar] {
        text.utf8.map { CChar(bitPattern: $0) } + [0]
    }
}
