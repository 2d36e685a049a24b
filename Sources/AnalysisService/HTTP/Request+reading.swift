import AnalysisAPI
import HTTPTypes
import Hummingbird
import JSON

extension HTTPFields {
    /// The value of a field that swift-http-types has no name for; nil when it was not sent.
    func value(named name: String) -> String? {
        HTTPField.Name(name).flatMap { self[$0] }
    }

    /// Sets a field that swift-http-types has no name for.
    mutating func set(_ value: String, named name: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }
}

extension Request {
    /// Whether the caller wants 202 and a place to poll instead of waiting (RFC 7240).
    var prefersAsynchronousAnswer: Bool {
        let preferences = headers.value(named: "Prefer")?.split(whereSeparator: { $0 == "," || $0 == ";" }) ?? []
        return preferences.contains { $0.filter { $0 != " " && $0 != "\t" }.lowercased() == "respond-async" }
    }

    /// The media type of the body in lower case, without parameters.
    var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first?.filter { $0 != " " }.lowercased()
    }

    /// The whole body; refused before it is read when its announced length is too much already.
    func bytes(upTo maximum: Int) async throws -> [UInt8] {
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > maximum {
            throw Problem(code: .tooLarge, detail: "The body has \(announced) bytes; this call takes \(maximum).")
        }
        let buffer = try await body.collect(upTo: maximum)
        return Array(buffer.readableBytesView)
    }

    /// The body as JSON. One that says it is of another type is refused: the forms of web pages need nobody's leave to
    /// send such.
    func json(upTo maximum: Int) async throws -> JSON {
        guard mediaType ?? "application/json" == "application/json" else {
            throw Problem(
                code: .badRequest, detail: "Content-Type: expected application/json, found \"\(mediaType ?? "")\".")
        }
        return try JSON(parsing: try await bytes(upTo: maximum))
    }

    /// Whether the caller has a copy with this entity tag (`If-None-Match`).
    func hasCopy(withEntityTag tag: String) -> Bool {
        let tags = headers[.ifNoneMatch]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        return tags.contains { $0 == "*" || ($0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0) == tag }
    }
}
