/// One request. The URL is sent as it stands: dot segments and percent-encoding are not touched.
package struct HTTPRequest: Sendable {
    /// `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, ... in capitals.
    package var method: String
    /// Absolute, `http` or `https`, percent-encoded.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?
    /// Limit on the whole exchange, from the connection to the last byte.
    package var timeoutSeconds: Double
    /// Limit on name lookup, TCP and TLS handshake together.
    package var connectTimeoutSeconds: Double
    /// Ends a transfer that stays below 1 KiB/s for so long; nil: only `timeoutSeconds` counts.
    package var lowSpeedSeconds: Int?
    /// A longer response body fails with ``HTTPError/Kind/tooLarge``.
    package var maximumResponseBytes: Int

    package init(
        method: String = "GET", url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        timeoutSeconds: Double = 30, connectTimeoutSeconds: Double = 5, lowSpeedSeconds: Int? = nil,
        maximumResponseBytes: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.lowSpeedSeconds = lowSpeedSeconds
        self.maximumResponseBytes = maximumResponseBytes
    }
}
