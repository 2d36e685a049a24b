/// A time within a video as players show it: `0:07`, `1:19.5`, `2:03:00`.
package func clockTime(_ seconds: Double, tenths: Bool = false) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return "-" }
    let units = Int64((max(seconds, 0) * 10).rounded(tenths ? .toNearestOrAwayFromZero : .down))
    let (whole, tenth) = units.quotientAndRemainder(dividingBy: 10)
    func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let minutes = whole / 60 % 60
    let start = whole >= 3600 ? "\(whole / 3600):\(twoDigits(minutes))" : "\(minutes)"
    return "\(start):\(twoDigits(whole % 60))" + (tenths ? ".\(tenth)" : "")
}
