import FoundationEssentials
import HTTP
import JSON
import Logging

/// The Lambda Runtime API, version 2018-06-01: asks for one invocation after the other and answers it.
///
/// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
struct LambdaRuntime: Sendable {
    private let http: HTTPClient
    private let base: String
    private let logger: Logger

    /// - Parameter address: host and port, as Lambda writes them into `AWS_LAMBDA_RUNTIME_API`.
    init(address: String, http: HTTPClient, logger: Logger) {
        base = "http://\(address)/2018-06-01/runtime"
        self.http = http
        self.logger = logger
    }

    /// Serves until the runtime API goes away or the task is cancelled; Lambda itself ends the process.
    ///
    /// An invocation that fails is told to Lambda, which counts it and, for EventBridge, sends it again.
    func run(_ handle: @Sendable (JSON) async throws -> JSON) async throws(HTTPError) {
        while !Task.isCancelled {
            // Lambda holds the answer back until there is an event; it may freeze the process meanwhile.
            let invocation = try await http.send(
                HTTPRequest(method: "GET", url: "\(base)/invocation/next", timeoutSeconds: 24 * 3600))
            guard invocation.isSuccess, let id = invocation.headers["Lambda-Runtime-Aws-Request-Id"] else {
                throw HTTPError(
                    kind: .other, message: "the Lambda runtime API answered \(invocation.status) without an invocation",
                    url: "\(base)/invocation/next")
            }
            do {
                let answer = try await handle(try JSON(parsing: invocation.body))
                try await post("invocation/\(id)/response", answer)
            } catch let error as HTTPError {
                throw error
            } catch {
                logger.error("The invocation failed", metadata: ["error": "\(error)", "request.id": "\(id)"])
                try await post("invocation/\(id)/error", Self.failure(error))
            }
        }
    }

    /// Tells Lambda that the function cannot start at all.
    func reportInitialization(_ error: any Error) async throws(HTTPError) {
        try await post("init/error", Self.failure(error))
    }

    private func post(_ path: String, _ body: JSON) async throws(HTTPError) {
        let url = "\(base)/\(path)"
        let response = try await http.send(
            HTTPRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/json"],
                body: Array(body.serialized().utf8)))
        guard response.isSuccess else {
            throw HTTPError(kind: .other, message: "the Lambda runtime API answered \(response.status)", url: url)
        }
    }

    private static func failure(_ error: any Error) -> JSON {
        ["errorMessage": .string("\(error)"), "errorType": .string("\(type(of: error))")]
    }
}
