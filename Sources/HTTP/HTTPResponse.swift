/// The final response (never a 1xx) of an exchange, whatever its status.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// Empty when the body was streamed to a file.
    package var body: [UInt8]
    /// Length of the body, in memory or in the file.
    package var bodyBytes: Int

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        bodyBytes = body.count
    }

    package var isSuccess: Bool { 200..<300 ~= status }
}
