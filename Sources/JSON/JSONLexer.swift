/// Checks the tokens of a JSON text against RFC 8259's grammar where json-c's strict mode is lenient.
///
/// json-c 0.16 lets pass: `NaN` and `Infinity`, numbers such as `01`, `1.` or `-`, raw control characters in strings
/// and bytes after a NUL; it cuts a key at `\u0000`, and caps whole numbers to 64 bits. The structure is left to json-c.
struct JSONLexer {
    private let input: [UInt8]
    private var position = 0

    init(_ input: [UInt8]) {
        self.input = input
    }

    mutating func check(maximumDepth: Int) throws(JSONError) {
        var depth = 0
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
            case UInt8(ascii: "t"): try skip("true")
            case UInt8(ascii: "f"): try skip("false")
            case UInt8(ascii: "n"): try skip("null")
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= maximumDepth else { throw error("more than \(maximumDepth) levels of nesting") }
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: throw error("unexpected byte")
            }
        }
    }

    private func error(_ reason: String) -> JSONError {
        JSONError(path: "", reason: "\(reason) at byte \(position)")
    }

    private mutating func skip(_ literal: StaticString) throws(JSONError) {
        let length = literal.utf8CodeUnitCount
        let matches = literal.withUTF8Buffer { input[position...].starts(with: $0) }
        guard matches else { throw error("unexpected word") }
        position += length
    }

    private mutating func skipString() throws(JSONError) {
        position += 1
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                if input[position...].starts(with: "\\u0000".utf8) { throw error("U+0000 in a string") }
                position += 2
            case 0..<0x20: throw error("control character in a string")
            default: position += 1
            }
        }
        throw JSONError(path: "", reason: "string without an end")
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func skipNumber() throws(JSONError) {
        let start = position
        var isWhole = true
        take("-")
        if !take("0") { try skipDigits() }
        if take(".") {
            isWhole = false
            try skipDigits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { take("-") }
            try skipDigits()
        }
        if position < input.count, isDigit(input[position]) { throw error("number with a leading zero") }
        if isWhole, Int64(String(decoding: input[start..<position], as: UTF8.self)) == nil {
            throw error("number outside the range of a 64-bit integer")
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        guard position < input.count, isDigit(input[position]) else { throw error("digit expected") }
        while position < input.count, isDigit(input[position]) { position += 1 }
    }

    @discardableResult
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < input.count, input[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
