import FoundationEssentials
import HTTP
import JSON

/// Fetches from the HTTP endpoints that hand out temporary keys on AWS's own machines.
struct CredentialEndpoint: Sendable {
    let http: HTTPClient
    let retry: RetryPolicy

    /// The body of a 200 answer, as text. Connection errors, 429 and 5xx are tried again.
    func fetch(_ url: String, method: String = "GET", headers: HTTPHeaders = [:]) async throws(AWSError) -> String {
        let request = HTTPRequest(
            method: method, url: url, headers: headers, timeoutSeconds: 5, connectTimeoutSeconds: 2,
            maximumResponseBytes: 1 << 20)
        var attempt = 1
        while true {
            let failure: String
            switch await outcome(request) {
            case .success(let response) where response.status == 200:
                return String(decoding: response.body, as: UTF8.self)
            case .success(let response):
                failure = "\(url) answered HTTP \(response.status)"
                guard response.status == 429 || response.status >= 500 else { throw .credentials(failure) }
            case .failure(let error):
                guard error.kind != .cancelled else {
                    throw AWSError(error, service: "aws", operation: "credentials")
                }
                failure = "\(url) cannot be reached: \(error.message)"
            }
            guard attempt < retry.maximumAttempts else { throw .credentials(failure) }
            try await retry.pause(afterAttempt: attempt, service: "aws", operation: "credentials")
            attempt += 1
        }
    }

    private func outcome(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) { return .success(try await http.send(request)) } catch { return .failure(error) }
    }

    /// Reads the document that the container and the instance endpoint share.
    static func credentials(from document: String, of source: String) throws(AWSError) -> AWSCredentials {
        do throws(JSONError) {
            let root = try JSON(parsing: document).node
            let code = try root["Code"].optionalString()
            guard code == nil || code == "Success" else {
                throw root["Code"].error(try root["Message"].optionalString() ?? code ?? "")
            }
            return AWSCredentials(
                accessKeyID: try root["AccessKeyId"].string(),
                secretAccessKey: try root["SecretAccessKey"].string(),
                sessionToken: try root["Token"].optionalString(),
                expiration: try expiration(root["Expiration"]))
        } catch {
            throw .credentials("the answer of \(source) is not valid: \(error)")
        }
    }

    private static func expiration(_ node: JSONNode) throws(JSONError) -> Date? {
        guard let text = try node.optionalString() else { return nil }
        do {
            return try Date(text, strategy: .iso8601)
        } catch {
            throw node.error("expected a time such as 2026-01-31T12:00:00Z, found “\(text)”")
        }
    }
}
