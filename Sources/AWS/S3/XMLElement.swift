/// An element of the XML that S3 answers with. A strict reader of that subset: no document type, no namespaces (the
/// names are taken as they stand), attributes are skipped.
struct XMLElement: Sendable, Hashable {
    var name: String
    var children: [XMLElement] = []
    /// Its own character data, without that of its children.
    var text = ""

    struct ParseError: Error, Hashable, CustomStringConvertible {
        var offset: Int
        var reason: String
        var description: String { "XML, byte \(offset): \(reason)" }
    }

    /// The first child of that name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    init(name: String) { self.name = name }

    init(parsing bytes: [UInt8]) throws(ParseError) {
        var reader = XMLReader(bytes)
        self = try reader.document()
    }
}

/// Recursive descent over the bytes, at most 32 elements deep.
private struct XMLReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(XMLElement.ParseError) -> XMLElement {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try skipProlog()
        guard take("<") else { throw error("expected an element") }
        let root = try element(depth: 1)
        try skipProlog()
        guard position == bytes.count else { throw error("text after the root element") }
        return root
    }

    private mutating func skipProlog() throws(XMLElement.ParseError) {
        while true {
            while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
            if take("<?") {
                _ = try text(upTo: "?>")
            } else if take("<!--") {
                _ = try text(upTo: "-->")
            } else {
                return
            }
        }
    }

    /// After the `<`.
    private mutating func element(depth: Int) throws(XMLElement.ParseError) -> XMLElement {
        guard depth <= 32 else { throw error("more than 32 elements deep") }
        var element = XMLElement(name: try name())
        if try skipAttributes() { return element }
        while true {
            if take("</") {
                guard try name() == element.name else { throw error("</\(element.name)> expected") }
                skipSpaces()
                guard take(">") else { throw error("> expected") }
                return element
            } else if take("<!--") {
                _ = try text(upTo: "-->")
            } else if take("<![CDATA[") {
                element.text += try text(upTo: "]]>")
            } else if take("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                element.text += try characterData()
            }
        }
    }

    /// - Returns: true when the element is empty (`/>`).
    private mutating func skipAttributes() throws(XMLElement.ParseError) -> Bool {
        while true {
            skipSpaces()
            if take("/>") { return true }
            if take(">") { return false }
            _ = try name()
            skipSpaces()
            guard take("=") else { throw error("= expected") }
            skipSpaces()
            guard take("\"") || take("'") else { throw error("quote expected") }
            _ = try text(upTo: bytes[position - 1] == UInt8(ascii: "'") ? "'" : "\"")
        }
    }

    private mutating func name() throws(XMLElement.ParseError) -> String {
        let start = position
        while position < bytes.count,
            bytes[position] >= 0x80 || isASCIILetterOrDigit(bytes[position])
                || "_-.:".utf8.contains(bytes[position])
        { position += 1 }
        guard position > start else { throw error("name expected") }
        return try string(bytes[start..<position])
    }

    private mutating func characterData() throws(XMLElement.ParseError) -> String {
        var data = ""
        while true {
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "<"), bytes[position] != UInt8(ascii: "&") {
                position += 1
            }
            data += try string(bytes[start..<position])
            guard position < bytes.count else { throw error("unexpected end") }
            guard take("&") else { return data }
            data.unicodeScalars.append(try reference())
        }
    }

    /// After the `&`.
    private mutating func reference() throws(XMLElement.ParseError) -> UnicodeScalar {
        let name = try text(upTo: ";")
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number: UInt32? =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let scalar = number.flatMap(UnicodeScalar.init) else { throw error("unknown reference &\(name);") }
            return scalar
        }
    }

    private mutating func text(upTo end: StaticString) throws(XMLElement.ParseError) -> String {
        let start = position
        while position < bytes.count {
            let stop = position
            if take(end) { return try string(bytes[start..<stop]) }
            position += 1
        }
        throw error("\(end) expected")
    }

    private mutating func take(_ token: StaticString) -> Bool {
        let isNext = token.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if isNext { position += token.utf8CodeUnitCount }
        return isNext
    }

    private mutating func skipSpaces() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || 9...10 ~= byte || byte == 13 }

    private func string(_ slice: ArraySlice<UInt8>) throws(XMLElement.ParseError) -> String {
        guard let string = String(validating: slice, as: UTF8.self) else { throw error("not UTF-8") }
        return string
    }

    private func error(_ reason: String) -> XMLElement.ParseError {
        XMLElement.ParseError(offset: position, reason: reason)
    }
}
