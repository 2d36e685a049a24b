@testable import BatchProcessor

extension FuzzTarget {
    /// A decoded key encodes to what decodes to it; every text but U+0000 survives being encoded and decoded; only for a
    /// `%` or U+0000 is anything refused.
    static func checkKey(_ input: [UInt8]) throws {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        try require(survives(text) || input.contains(0), "does not survive: \(text)")
        guard let key = FormEncoding.decode(text) else {
            try require(input.contains(UInt8(ascii: "%")) || input.contains(0), "refused without a %: \(text)")
            return
        }
        try require(survives(key), "does not survive: \(key)")
        try require(key.utf8.count == input.count - 2 * escapes(in: input), "of another length: \(key)")
    }

    /// Each byte in the shorter of the ways that S3 uses.
    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch Unicode.Scalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "*", "/":
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case " ": encoded += "+"
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return encoded
    }

    private static func survives(_ text: String) -> Bool {
        FormEncoding.decode(encoded(text)).map { $0.utf8.elementsEqual(text.utf8) } ?? false
    }

    private static func escapes(in input: [UInt8]) -> Int { input.count { $0 == UInt8(ascii: "%") } }
}
