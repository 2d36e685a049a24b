import JSON

/// An error answer in the form of RFC 9457, `application/problem+json`, with a stable code.
package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    package static let mediaType = "application/problem+json"

    package let code: ProblemCode
    /// What happened this time: names the key, value or object; never a secret.
    package let detail: String
    /// When asking again makes sense, for the `Retry-After` header.
    package let retryAfterSeconds: Int?

    package init(code: ProblemCode, detail: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Reads the body of an error answer.
    /// - Parameters:
    ///   - status: of the HTTP answer; the code's own status must be the same.
    ///   - retryAfterSeconds: from the answer's header.
    /// - Throws: when the body is not one of this service's problems, such as the page of a proxy on the way.
    package init(json: JSON, status: Int, retryAfterSeconds: Int? = nil) throws(JSONError) {
        let name = json.node["code"]
        guard let code = ProblemCode(rawValue: try name.string()) else { throw name.error("unknown problem code") }
        guard code.status == status else { throw name.error("does not belong to HTTP status \(status)") }
        self.init(
            code: code, detail: try json.node["detail"].optionalString() ?? code.title,
            retryAfterSeconds: retryAfterSeconds)
    }

    package var json: JSON {
        [
            "type": .string("urn:framelake:problem:\(code.rawValue)"),
            "title": .string(code.title),
            "status": .integer(Int64(code.status)),
            "detail": .string(detail),
            "code": .string(code.rawValue),
            "advice": .string(code.advice),
        ]
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
