/// Names, escapes and numbers of the Prometheus text exposition format, version 0.0.4.
enum PrometheusText {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// A metric name: letters, digits, `_` and `:`; other characters (the dots of OpenTelemetry's names) become `_`.
    static func metricName(_ label: String) -> String {
        sanitized(label, allowing: ":")
    }

    static func labelName(_ name: String) -> String {
        sanitized(name, allowing: "_")
    }

    private static func sanitized(_ text: String, allowing other: Character) -> String {
        var result = ""
        for character in text {
            let isDigit = character.isASCII && character.isNumber
            let isLetter = character.isASCII && character.isLetter
            if isDigit && result.isEmpty { result += "_" }
            result.append(isDigit || isLetter || character == other ? character : "_")
        }
        return result.isEmpty ? "_" : result
    }

    static func help(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// `{method="GET",status="200"}`, or nothing without labels.
    static func labels(_ labels: PrometheusLabels, and extra: (String, String)? = nil) -> String {
        var parts = labels.pairs.map { "\($0.name)=\"\(escaped($0.value))\"" }
        if let extra { parts.append("\(extra.0)=\"\(escaped(extra.1))\"") }
        return parts.isEmpty ? "" : "{" + parts.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        return String(value)
    }
}
