import AnalysisAPI
import HTTPTypes
import Hummingbird

/// One call of the API: what the router registers and what docs/openapi.yaml must say of it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    let method: HTTPRequest.Method
    /// As OpenAPI writes it, such as `/videos/{video_id}/events`.
    let path: String
    /// The name of the call in docs/openapi.yaml.
    let operationID: String
    /// Statuses of answers that are no problem.
    let statuses: Set<Int>
    /// Every problem that this call may answer, beside those of `isOpen`.
    let problems: Set<ProblemCode>
    /// Whether the call needs no internal token.
    let isOpen: Bool
    let handler: Handler

    init(
        _ method: HTTPRequest.Method, _ path: String, _ operationID: String, statuses: Set<Int> = [200],
        problems: Set<ProblemCode>, isOpen: Bool = false, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.operationID = operationID
        self.statuses = statuses
        self.problems = isOpen ? problems : problems.union([.unauthorized])
        self.isOpen = isOpen
        self.handler = handler
    }

    /// Whether a request's path, still percent-encoded, is one of this endpoint's.
    func matches(path requested: String) -> Bool {
        let own = path.split(separator: "/")
        let other = requested.split(separator: "/")
        return own.count == other.count && zip(own, other).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

extension Set<ProblemCode> {
    /// What every call that reads the database may answer.
    static let reading: Self = [.badRequest, .databaseUnavailable, .stopping, .internalError]
}
