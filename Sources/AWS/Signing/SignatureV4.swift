import Crypto
import FoundationEssentials
import HTTP

/// AWS Signature Version 4, for headers and for presigned URLs.
///
/// *AWS Signature Version 4 for API requests*, IAM User Guide; *Authenticating Requests (AWS Signature Version 4)*,
/// Amazon S3 API Reference.
struct SignatureV4: Sendable {
    typealias Query = [(name: String, value: String)]

    var credentials: AWSCredentials
    var region: String
    /// The service's name in the credential scope, such as `s3`.
    var service: String

    /// Payload hash of requests whose body is not part of the signature, as in presigned URLs.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// Adds `X-Amz-Date`, the session token and `Authorization`. Every header that is there already is signed; `Host`
    /// must be among them.
    /// - Parameters:
    ///   - path: percent-encoded, as it is sent.
    ///   - query: not encoded.
    ///   - payloadHash: lowercase hex SHA-256 of the body, which S3 also wants as `x-amz-content-sha256`.
    func authorize(
        _ headers: inout HTTPHeaders, method: String, path: String, query: Query = [], payloadHash: String,
        at date: Date
    ) {
        headers.set("X-Amz-Date", Self.timestamp(date))
        if let token = credentials.sessionToken { headers.set("X-Amz-Security-Token", token) }
        let canonical = canonicalRequest(
            method: method, path: path, query: query, headers: headers, payloadHash: payloadHash)
        headers.set(
            "Authorization",
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(date)), "
                + "SignedHeaders=\(signedHeaders(headers)), Signature=\(signature(of: canonical, at: date))")
    }

    /// The query string of a presigned request: the caller's parameters and those of the signature, encoded and sorted.
    /// The receiver may send other headers, and any body.
    func presignedQuery(
        method: String, path: String, query: Query = [], host: String, expiresSeconds: Int, at date: Date
    ) -> String {
        let headers: HTTPHeaders = ["Host": host]
        var query = query
        query += [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(date))"),
            ("X-Amz-Date", Self.timestamp(date)),
            ("X-Amz-Expires", String(expiresSeconds)),
            ("X-Amz-SignedHeaders", signedHeaders(headers)),
        ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let canonical = canonicalRequest(
            method: method, path: path, query: query, headers: headers, payloadHash: Self.unsignedPayload)
        return Self.canonicalQuery(query) + "&X-Amz-Signature=" + signature(of: canonical, at: date)
    }

    // MARK: Steps of the specification

    func canonicalRequest(method: String, path: String, query: Query, headers: HTTPHeaders, payloadHash: String)
        -> String
    {
        let lines = canonicalHeaders(headers).map { "\($0.name):\($0.value)\n" }.joined()
        return [
            method, canonicalPath(path), Self.canonicalQuery(query), lines, signedHeaders(headers), payloadHash,
        ].joined(separator: "\n")
    }

    func stringToSign(_ canonicalRequest: String, at date: Date) -> String {
        [Self.algorithm, Self.timestamp(date), scope(date), Self.hash(Array(canonicalRequest.utf8))]
            .joined(separator: "\n")
    }

    func signature(of canonicalRequest: String, at date: Date) -> String {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [Self.day(date), region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let text = Array(stringToSign(canonicalRequest, at: date).utf8)
        return Self.hex(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    /// Lowercase hex SHA-256.
    static func hash(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    /// The query as it is sent and signed: encoded, sorted by name and value, every name with its `=`.
    static func canonicalQuery(_ query: Query) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    /// S3's keys are signed as they are sent. Every other service removes dot segments and empty ones, and encodes
    /// the path once more.
    private func canonicalPath(_ path: String) -> String {
        guard service != "s3" else { return path.isEmpty ? "/" : path }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        guard !segments.isEmpty else { return "/" }
        let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        let normalized = "/" + segments.joined(separator: "/") + (isFolder ? "/" : "")
        return PercentEncoding.encode(normalized, keepingSlashes: true)
    }

    private func canonicalHeaders(_ headers: HTTPHeaders) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for (name, value) in headers where name.lowercased() != "authorization" {
            let collapsed = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            values[name.lowercased(), default: []].append(collapsed)
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
    }

    private func signedHeaders(_ headers: HTTPHeaders) -> String {
        canonicalHeaders(headers).map(\.name).joined(separator: ";")
    }

    private func scope(_ date: Date) -> String { "\(Self.day(date))/\(region)/\(service)/aws4_request" }

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// `20150830T123600Z`.
    static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(
                dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted,
                timeZoneSeparator: .omitted, includingFractionalSeconds: false, timeZone: .gmt))
    }

    private static func day(_ date: Date) -> String { String(timestamp(date).prefix(8)) }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
