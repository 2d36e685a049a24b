import AnalysisAPI
import HTTPTypes
import Hummingbird
import JSON

/// `/analyze` and `/analyses`: starting analyses and following them.
struct AnalysisEndpoints: Sendable {
    /// A request body names one object; more than this is no such request.
    static let maximumBodyBytes = 64 * 1024
    /// How often a poller should ask: often enough for a progress line, seldom enough for the database.
    static let pollSeconds = 2

    let coordinator: AnalysisCoordinator
    let store: AnalysisStore
    /// How long a plain `POST /analyze` waits.
    let waitSeconds: Double

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/analyze", "analyze", statuses: [200, 202],
                problems: Set(ProblemCode.allCases).subtracting([.methodNotAllowed]), handler: analyze),
            Endpoint(.get, "/analyses", "listAnalyses", problems: .reading, handler: list),
            Endpoint(
                .get, "/analyses/{analysis_id}", "getAnalysis", problems: .reading.union([.notFound]),
                handler: status),
        ]
    }

    @Sendable private func analyze(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try QueryParameters(request, allowed: [])
        let wanted = try AnalyzeRequest(json: try await request.json(upTo: Self.maximumBodyBytes))
        switch try await coordinator.submit(wanted) {
        case .finished(let response):
            return Response(json: response.json)
        case .accepted(let status) where request.prefersAsynchronousAnswer:
            var headers: HTTPFields = [
                .location: "/analyses/\(status.analysisID)", .retryAfter: String(Self.pollSeconds),
            ]
            headers.set("respond-async", named: "Preference-Applied")
            return Response(json: status.json, status: .accepted, headers: headers)
        case .accepted(let status):
            return Response(json: try await wait(for: status.analysisID).json)
        }
    }

    /// The analysis has its own limit; this one is for the caller who attached to a run that began before, and for
    /// a run that another replica lost. When it is reached, only the waiting ends.
    private func wait(for analysisID: Int64) async throws -> AnalyzeResponse {
        try await withThrowingTaskGroup(of: AnalyzeResponse.self) { group in
            group.addTask { try await coordinator.wait(for: analysisID) }
            group.addTask {
                try await Task.longSleep(for: .seconds(waitSeconds))
                throw Problem(
                    code: .analysisTimedOut,
                    detail: "The analysis has not ended yet and goes on; ask /analyses/\(analysisID) for it.")
            }
            defer { group.cancelAll() }
            guard let response = try await group.next() else { throw Problem.stopping }
            return response
        }
    }

    @Sendable private func list(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let query = try QueryParameters(
            request, allowed: ["status", "video_id", "error_code", "lease", "limit", "after"])
        let page = try await store.analyses(
            state: try query.choice("status", of: AnalysisState.self), videoID: try query.text("video_id"),
            errorCode: try query.choice("error_code", of: ProblemCode.self),
            lease: try query.choice("lease", of: LeaseState.self), try query.page())
        return Response(json: page.json(as: "analyses") { $0.status.json })
    }

    @Sendable private func status(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let id = try PathParameters(context).identifier("analysis_id")
        _ = try QueryParameters(request, allowed: [])
        guard let status = try await coordinator.status(of: id) else {
            throw Problem(code: .notFound, detail: "There is no analysis \(id).")
        }
        let runs = status.state == .pending || status.state == .processing
        return Response(json: status.json, headers: runs ? [.retryAfter: String(Self.pollSeconds)] : [:])
    }
}
