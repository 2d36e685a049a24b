import HTTP

/// One call before it is signed.
package struct AWSRequest: Sendable {
    package var service: AWSService
    /// As the API reference names it, such as `GetObject`.
    package var operation: String
    package var method: String
    package var endpoint: AWSEndpoint
    /// Percent-encoded, below the endpoint's own path.
    package var path: String
    /// Not encoded.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: [UInt8]
    package var timeoutSeconds: Double
    package var lowSpeedSeconds: Int?
    package var maximumResponseBytes: Int

    package init(
        service: AWSService, operation: String, method: String = "POST", endpoint: AWSEndpoint, path: String = "/",
        query: [(name: String, value: String)] = [], headers: HTTPHeaders = [:], body: [UInt8] = [],
        timeoutSeconds: Double = 30, lowSpeedSeconds: Int? = nil, maximumResponseBytes: Int = 16 << 20
    ) {
        self.service = service
        self.operation = operation
        self.method = method
        self.endpoint = endpoint
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.lowSpeedSeconds = lowSpeedSeconds
        self.maximumResponseBytes = maximumResponseBytes
    }

    /// The path as it is sent: the endpoint's and the request's.
    var fullPath: String { endpoint.path + path }

    /// Absolute, with the query in the form that is signed.
    func url(query: String) -> String {
        "\(endpoint.scheme)://\(endpoint.authority)\(fullPath)\(query.isEmpty ? "" : "?\(query)")"
    }

    func error(_ kind: AWSError.Kind, _ message: String) -> AWSError {
        AWSError(kind, service: service.rawValue, operation: operation, message: message)
    }
}
