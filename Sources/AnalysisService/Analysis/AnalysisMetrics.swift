import Metrics

/// What the analyses of this process add to `/metrics`.
struct AnalysisMetrics: Sendable {
    private let frames = Counter(label: "framelake_frames")
    private let downloadedBytes = Counter(label: "framelake_downloaded_bytes")
    private let inFlight = Gauge(label: "framelake_analyses_in_flight")

    func ended(_ outcome: String) {
        Counter(label: "framelake_analyses", dimensions: [("outcome", outcome)]).increment()
    }

    func analysed(frames count: Int64, secondsByStage: [String: Double]) {
        frames.increment(by: count)
        for (stage, seconds) in secondsByStage {
            FloatingPointCounter(label: "framelake_stage_seconds", dimensions: [("stage", stage)])
                .increment(by: seconds)
        }
    }

    func downloaded(bytes: Int) {
        downloadedBytes.increment(by: bytes)
    }

    func running(_ count: Int) {
        inFlight.record(count)
    }
}
