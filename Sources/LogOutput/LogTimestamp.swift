import Glibc

/// The time of a log line, in UTC with milliseconds.
struct LogTimestamp {
    /// `2026-03-01T14:02:11.042Z`
    let rfc3339: String
    /// `14:02:11`, enough for the person who watches.
    let clock: String

    init(secondsSinceEpoch: Int, milliseconds: Int) {
        var seconds = time_t(secondsSinceEpoch)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(parts.tm_year + 1900)-\(Self.pad(parts.tm_mon + 1))-\(Self.pad(parts.tm_mday))"
        clock = "\(Self.pad(parts.tm_hour)):\(Self.pad(parts.tm_min)):\(Self.pad(parts.tm_sec))"
        rfc3339 = "\(date)T\(clock).\(Self.pad(Int32(milliseconds), to: 3))Z"
    }

    static func now() -> LogTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTimestamp(secondsSinceEpoch: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    private static func pad(_ value: Int32, to width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
