extension String {
    /// For one line of a terminal or a log: the text itself, or ``quoted`` when it would be more than a piece of a line.
    package var onOneLine: String { unicodeScalars.contains(where: \.isDisturbing) ? quoted : self }

    /// For a terminal, on lines of its own: what disturbs is escaped as in a JSON string, line ends stay.
    package var onLines: String {
        var result = ""
        for scalar in unicodeScalars {
            if scalar != "\n", let escape = scalar.escape {
                result += escape
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A JSON string literal: control characters escaped, so that no value can start a line of its own.
    package var quoted: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: if let escape = scalar.escape { result += escape } else { result.unicodeScalars.append(scalar) }
            }
        }
        return result + "\""
    }
}

extension Unicode.Scalar {
    /// What starts a line, moves a terminal's cursor or turns the direction of what follows.
    package var isDisturbing: Bool {
        switch self {
        case "\u{00}"..<"\u{20}", "\u{7f}"..."\u{9f}", "\u{200e}"..."\u{200f}", "\u{2028}"..."\u{202e}",
            "\u{2066}"..."\u{2069}":
            true
        default: false
        }
    }

    /// In a JSON string; nil for what does not disturb.
    fileprivate var escape: String? {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case _ where isDisturbing:
            let digits = String(value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return nil
        }
    }
}
