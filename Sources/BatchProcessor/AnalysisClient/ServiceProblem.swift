import AnalysisAPI
import HTTP
import JSON

/// An error answer: analysis-service's own, or that of a proxy on the way.
struct ServiceProblem: Sendable {
    /// Nil when the body is not the service's.
    let code: ProblemCode?
    let reason: String
    let failure: AnalysisFailure
    /// True when the service is expected to be well again soon.
    let isOutage: Bool

    init(_ response: HTTPResponse) {
        let status = response.status
        let retryAfter = response.retryAfterSeconds
        var problem: Problem?
        do {
            problem = try Problem(json: try JSON(parsing: response.body), status: status)
        } catch {
            // A proxy's page has no code: the status alone decides.
            problem = nil
        }
        code = problem?.code
        reason = problem.map { "\($0)" } ?? "HTTP \(status)"
        isOutage = [429, 503].contains(status) || (problem == nil && [502, 504].contains(status))
        if status == 401 {
            failure = .unauthorized(reason: reason)
        } else if problem?.code.isPermanent ?? Self.isPermanent(status) {
            failure = .permanent(reason: reason)
        } else {
            failure = .transient(reason: reason, retryAfterSeconds: retryAfter)
        }
    }

    /// 4xx but those that speak of this moment: conflict, changed, timed out, too early, throttled.
    private static func isPermanent(_ status: Int) -> Bool {
        400..<500 ~= status && ![408, 409, 412, 423, 425, 429].contains(status)
    }
}
