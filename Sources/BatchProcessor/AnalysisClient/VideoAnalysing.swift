import AnalysisAPI
import Logging

/// How an analysis that needs no more work came out.
enum AnalysisResult: Sendable, Hashable {
    /// Its rows are committed.
    case completed(CompletedAnalysis)
    /// A newer version of the object is stored; this event has nothing left to do.
    case superseded(reason: String)
}

/// A committed analysis, as far as the service told.
struct CompletedAnalysis: Sendable, Hashable {
    var videoID: String?
    var analysisID: Int64?
    var framesAnalysed: Int64?
    var counts: RowCounts?
    /// Its rows were stored before it was asked for.
    var wasDoneBefore = false
}

/// The service that analyses videos, as the handling of a message sees it.
protocol VideoAnalysing: Sendable {
    /// Returns after the commit.
    /// - Parameters:
    ///   - logger: carries the message that asks.
    ///   - onProgress: called with each status that the service tells.
    func analyze(
        _ request: AnalyzeRequest, logger: Logger, onProgress: @escaping @Sendable (AnalysisStatus) -> Void
    ) async throws(AnalysisFailure) -> AnalysisResult

    /// Tells that an object was removed from the bucket.
    /// - Parameter logger: carries the message that tells.
    func remove(_ request: RemovalRequest, logger: Logger) async throws(AnalysisFailure) -> RemovalResponse
}
