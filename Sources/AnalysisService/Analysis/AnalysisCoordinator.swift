import AWS
import AnalysisAPI
import Logging

/// Runs analyses: claims an object, downloads it, has a child process analyse it, publishes the rows.
actor AnalysisCoordinator {
    let settings: CoordinatorSettings
    let store: AnalysisStore
    let s3: S3Client
    let logger: Logger

    init(settings: CoordinatorSettings, store: AnalysisStore, s3: S3Client, logger: Logger) {
        self.settings = settings
        self.store = store
        self.s3 = s3
        self.logger = logger
    }

    /// True once the service was told to stop: new analyses are refused.
    nonisolated var isStopping: Bool { false }

    /// Analyses that this replica runs now.
    var inFlight: Int { 0 }

    /// Checks the object, claims it and starts its analysis, or attaches to what other requests have started.
    func submit(_ request: AnalyzeRequest) async throws(Problem) -> Submission {
        throw Problem(code: .stopping, detail: "")
    }

    /// Returns when the analysis has been committed, whichever replica runs it.
    func wait(for analysisID: Int64) async throws(Problem) -> AnalyzeResponse {
        throw Problem(code: .stopping, detail: "")
    }

    /// Nil for an analysis that never was.
    func status(of analysisID: Int64) async throws(Problem) -> AnalysisStatus? { nil }

    /// Removes what dead processes left behind, runs what is submitted until the service is told to stop, and
    /// returns when nothing runs any more.
    func run() async throws {}
}
