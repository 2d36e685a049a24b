/// Why an analysis did not come about, in the classes by which a message's fate is decided.
enum AnalysisFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The same request can never succeed: 404, 415, 422 and their like.
    case permanent(reason: String)
    /// May succeed later: throttled, 5xx, 503.
    case transient(reason: String, retryAfterSeconds: Int?)
    /// The service does not answer.
    case unreachable(reason: String)
    /// The service refuses our token.
    case unauthorized(reason: String)
    /// The task was cancelled.
    case cancelled

    var description: String {
        switch self {
        case .permanent(let reason), .transient(let reason, _), .unreachable(let reason), .unauthorized(let reason):
            reason
        case .cancelled: "cancelled"
        }
    }
}
