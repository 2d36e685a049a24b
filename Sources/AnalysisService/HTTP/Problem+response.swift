import AnalysisAPI
import HTTPTypes
import Hummingbird
import JSON

extension Problem {
    /// The body of the answer.
    var text: String { json.serialized() + "\n" }

    /// The answer: status, `application/problem+json`, and `Retry-After` where asking again makes sense.
    var response: Response {
        var headers: HTTPFields = [.contentType: Self.mediaType]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if code == .unauthorized { headers[.wwwAuthenticate] = "X-Internal-Token" }
        return Response(json: json, status: .init(code: code.status), headers: headers)
    }
}

extension Response {
    init(json: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        headers[.cacheControl] = "no-store"
        self.init(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: json.serialized() + "\n")))
    }
}
