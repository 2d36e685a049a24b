/// The encoding of keys in S3's event notifications, that of HTML forms: `+` is a space, `%2B` a plus.
enum FormEncoding {
    /// Decodes once: a key may itself contain `%41`.
    /// - Returns: nil for a `%` without two hexadecimal digits, for bytes that are not UTF-8, and for U+0000, which
    ///   neither the service's JSON nor PostgreSQL's text can hold.
    static func decode(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { UInt8(exactly: $0) }
    }
}
