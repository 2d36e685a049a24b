/// Decimal numbers to and from ASCII. Plain numbers, nearly all in practice, take a path that is exact and quick.
enum DecimalText {
    /// Powers of ten that a double holds exactly.
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    ]

    /// The number that `text` is, whole; nil when it is none or is not finite.
    static func parse(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Double? {
        var mantissa: UInt64 = 0
        var digits = 0
        var fraction: Int?
        var isNegative = false
        for (index, byte) in zip(text.indices, text) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                mantissa = mantissa &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
                digits += 1
                if fraction != nil { fraction? += 1 }
            case UInt8(ascii: ".") where fraction == nil: fraction = 0
            case UInt8(ascii: "-") where index == text.startIndex: isNegative = true
            default: return parseByLibrary(text)
            }
        }
        guard digits > 0, digits <= 15 else { return parseByLibrary(text) }
        let number = Double(mantissa) / powers[fraction ?? 0]
        return isNegative ? -number : number
    }

    private static func parseByLibrary(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Double? {
        guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
        return number
    }

    /// Appends a finite number with at most three decimals (more where it is below 1), without trailing zeros.
    static func write(_ number: Double, to text: inout [UInt8]) {
        let scale = abs(number) < 1 ? 1e6 : 1e3
        let scaled = (number * scale).rounded()
        guard abs(scaled) < 9e15 else {
            text.append(contentsOf: String(number).utf8)
            return
        }
        if scaled < 0 { text.append(UInt8(ascii: "-")) }
        let (whole, rest) = UInt64(abs(scaled)).quotientAndRemainder(dividingBy: UInt64(scale))
        appendDigits(whole, to: &text)
        guard rest > 0 else { return }
        text.append(UInt8(ascii: "."))
        var place = UInt64(scale) / 10
        var remainder = rest
        while remainder > 0 {
            text.append(UInt8(ascii: "0") + UInt8(remainder / place))
            remainder %= place
            place /= 10
        }
    }

    private static func appendDigits(_ number: UInt64, to text: inout [UInt8]) {
        let start = text.count
        var rest = number
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        text[start...].reverse()
    }
}
