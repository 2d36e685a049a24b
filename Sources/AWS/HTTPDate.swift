import FoundationEssentials

/// Reads the date of a `Date` or `Last-Modified` header (RFC 9110, 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
func httpDate(_ text: String) -> Date? {
    let parts = text.split { $0 == " " || $0 == ":" || $0 == "," }
    guard parts.count == 8, let month = months.firstIndex(of: parts[2]), let day = Int(parts[1]),
        let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6])
    else { return nil }
    let components = DateComponents(
        timeZone: .gmt, year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    return Calendar(identifier: .gregorian).date(from: components)
}

/// Reads a time as S3 lists it, such as `2026-01-31T12:00:00.000Z`; nil for another form.
func iso8601Date(_ text: String) -> Date? {
    let hasFraction = text.contains(".")
    do {
        return try Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction).parse(text)
    } catch {
        return nil
    }
}

private let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
