/// Adds up the time that stages work.
struct StageTimer: Sendable {
    private(set) var seconds: [String: Double] = [:]

    mutating func measure<Result>(
        _ stage: String, _ work: () throws(VideoAnalysisError) -> Result
    ) throws(VideoAnalysisError) -> Result {
        let start = ContinuousClock.now
        defer { seconds[stage, default: 0] += (ContinuousClock.now - start) / .seconds(1) }
        return try work()
    }

    mutating func add(_ stage: String, _ value: Double) {
        seconds[stage, default: 0] += value
    }

    mutating func add(_ other: StageTimer) {
        seconds.merge(other.seconds, uniquingKeysWith: +)
    }
}
