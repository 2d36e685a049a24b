import HTTP

/// A call to AWS that failed, after its retries.
package struct AWSError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case throttled
        /// The object, bucket, queue or secret does not exist.
        case notFound
        /// Denied by policy, or the credentials or the signature were not accepted.
        case accessDenied
        /// `If-Match` named another version of the object.
        case preconditionFailed
        case connection
        case timedOut
        /// No credentials could be found or refreshed.
        case credentials
        /// The environment or a profile is wrong; nothing was sent.
        case configuration
        /// 5xx.
        case server
        /// Another 4xx: the request itself is wrong.
        case client
        /// The answer is larger than the caller allows.
        case tooLarge
        case invalidResponse
        /// The local file could not be written; the message says "disk full" when it is.
        case file
        case cancelled
    }

    package var kind: Kind
    /// `s3`, `sqs`, `secretsmanager`, or `aws` for the configuration and the credentials.
    package var service: String
    /// As the API reference names it, such as `GetObject`.
    package var operation: String
    /// AWS's own code, such as `NoSuchKey`. Answers to `HEAD` have none.
    package var code: String?
    package var message: String
    package var status: Int?
    package var requestID: String?

    package init(
        _ kind: Kind, service: String, operation: String, code: String? = nil, message: String, status: Int? = nil,
        requestID: String? = nil
    ) {
        self.kind = kind
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
    }

    /// True when the same call may succeed later. It was already tried again as often as the policy allows.
    package var isRetryable: Bool {
        switch kind {
        case .throttled, .connection, .timedOut: true
        case .server: status != 501 && status != 505
        default: false
        }
    }

    package var description: String {
        var facts = [code, status.map { "HTTP \($0)" }, requestID.map { "request \($0)" }].compactMap { $0 }
        if facts.isEmpty { facts = [kind.rawValue] }
        return "\(service) \(operation): \(message) (\(facts.joined(separator: ", ")))"
    }

    static func configuration(_ message: String) -> AWSError {
        AWSError(.configuration, service: "aws", operation: "configuration", message: message)
    }

    static func credentials(_ message: String) -> AWSError {
        AWSError(.credentials, service: "aws", operation: "credentials", message: message)
    }

    init(_ error: HTTPError, service: String, operation: String) {
        let kind: Kind =
            switch error.kind {
            case .connection, .tls: .connection
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            case .tooLarge: .tooLarge
            case .invalidURL: .configuration
            case .file: .file
            case .other: .invalidResponse
            }
        self.init(kind, service: service, operation: operation, message: "\(error.message) (\(error.url))")
    }
}
