import AnalysisAPI
import Logging
import Synchronization

@testable import BatchProcessor

/// A service that answers each request as a test says.
final class FakeService: VideoAnalysing {
    typealias Answer = @Sendable (AnalyzeRequest) async throws(AnalysisFailure) -> AnalysisResult

    private let recorded = Mutex<[AnalyzeRequest]>([])
    private let removed = Mutex<[RemovalRequest]>([])
    private let answer: Answer

    init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    var requests: [AnalyzeRequest] { recorded.withLock { $0 } }
    var removals: [RemovalRequest] { removed.withLock { $0 } }

    func remove(_ request: RemovalRequest, logger: Logger) async throws(AnalysisFailure) -> RemovalResponse {
        removed.withLock { $0.append(request) }
        return RemovalResponse(outcome: .marked, videoID: "a")
    }

    func analyze(
        _ request: AnalyzeRequest, logger: Logger, onProgress: @escaping @Sendable (AnalysisStatus) -> Void
    ) async throws(AnalysisFailure) -> AnalysisResult {
        recorded.withLock { $0.append(request) }
        return try await answer(request)
    }

    /// Never answers; ends when it is cancelled.
    static func hanging() -> FakeService {
        FakeService { _ async throws(AnalysisFailure) in
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .cancelled }
            throw .transient(reason: "an hour is over", retryAfterSeconds: nil)
        }
    }

    static func completing() -> FakeService {
        FakeService { _ in .completed(CompletedAnalysis(videoID: "a", analysisID: 1)) }
    }

    static func failing(_ failure: AnalysisFailure) -> FakeService {
        FakeService { _ async throws(AnalysisFailure) in throw failure }
    }
}
