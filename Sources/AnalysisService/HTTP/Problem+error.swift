import AWS
import AnalysisAPI
import Hummingbird
import JSON
import NIOCore
import NIOHTTP1
import PostgreSQL

extension Problem {
    /// How long a caller waits before it asks a database again that was not there.
    static let databaseRetrySeconds = 5

    /// What a call answers for an error, whichever part threw it.
    ///
    /// The texts of unforeseen errors stay in the log: they may hold paths and addresses.
    init(answering error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as JSONError: self.init(code: .badRequest, detail: "\(error)")
        case let error as StoreError: self.init(answering: error)
        case let error as PostgreSQLError: self.init(answering: error)
        case is NIOTooManyBytesError: self.init(code: .tooLarge, detail: "The body is larger than this call takes.")
        case let error as Hummingbird.HTTPError: self.init(answering: error)
        case is HTTPParserError: self.init(malformed: error)
        case is CancellationError: self = .stopping
        default:
            self.init(code: .internalError, detail: "The service failed; its log says why under this request's id.")
        }
    }

    /// The service was told to stop: another replica, or this one restarted, takes the request.
    static let stopping = Problem(code: .stopping, detail: "The service is stopping.", retryAfterSeconds: 5)

    private init(answering error: StoreError) {
        switch error {
        case .database(let error): self.init(answering: error)
        case .badCursor:
            self.init(
                code: .badRequest, detail: "Query parameter after: expected the value of next of the page before.")
        case .dimensionMismatch, .unknownModel, .videoIDTaken, .invalidVideoID:
            self.init(code: .badRequest, detail: "\(error)")
        case .superseded: self.init(code: .superseded, detail: "\(error)")
        case .fenced, .badSpool: self.init(code: .internalError, detail: "\(error)")
        }
    }

    private init(answering error: PostgreSQLError) {
        // 42P01, undefined table: the schema has not been installed yet.
        if error.sqlState == "42P01" {
            self.init(
                code: .databaseUnavailable,
                detail: "The database has no schema yet; analysis-service migrate installs it.",
                retryAfterSeconds: Self.databaseRetrySeconds)
            return
        }
        switch error.kind {
        case .connection, .authentication, .configuration:
            self.init(
                code: .databaseUnavailable, detail: "The database cannot be reached; the service's log says why.",
                retryAfterSeconds: Self.databaseRetrySeconds)
        case .timedOut, .serialization:
            self.init(
                code: .databaseUnavailable, detail: "The database did not finish in time.",
                retryAfterSeconds: Self.databaseRetrySeconds)
        case .cancelled: self = .stopping
        case .query, .constraint, .decoding, .file:
            self.init(
                code: .internalError, detail: "A statement failed; the service's log says why under this request's id.")
        }
    }

    private init(answering error: Hummingbird.HTTPError) {
        let text = error.body ?? error.status.reasonPhrase
        switch error.status.code {
        case 404: self.init(code: .notFound, detail: "There is no such path.")
        case 413: self.init(code: .tooLarge, detail: "The body is larger than this call takes.")
        case 400..<500: self.init(code: .badRequest, detail: text)
        default: self.init(code: .internalError, detail: text)
        }
    }
}
