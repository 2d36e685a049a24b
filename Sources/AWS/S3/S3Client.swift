import HTTP

/// Amazon S3 (REST, XML).
package struct S3Client: Sendable {
    private let aws: AWSClient

    package init(_ aws: AWSClient) { self.aws = aws }

    /// - Throws: ``AWSError/Kind/notFound`` for a missing object, and for a missing bucket: S3 does not say which.
    package func head(bucket: String, key: String, versionID: String? = nil) async throws(AWSError) -> S3Object {
        let request = try request("HeadObject", "HEAD", bucket: bucket, key: key, query: version(versionID))
        let response = try await aws.send(request)
        guard let size = response.headers["Content-Length"].flatMap(Int64.init), let etag = response.headers["ETag"]
        else {
            throw request.error(.invalidResponse, "the answer has no Content-Length or no ETag")
        }
        return S3Object(
            size: size, etag: Self.unquoted(etag), versionID: response.headers["x-amz-version-id"],
            contentType: response.headers["Content-Type"],
            lastModified: response.headers["Last-Modified"].flatMap(httpDate))
    }

    /// A small object, into memory.
    /// - Throws: ``AWSError/Kind/tooLarge`` when it has more than `maximumBytes`.
    package func get(bucket: String, key: String, versionID: String? = nil, maximumBytes: Int = 16 << 20)
        async throws(AWSError) -> [UInt8]
    {
        var request = try request("GetObject", "GET", bucket: bucket, key: key, query: version(versionID))
        request.maximumResponseBytes = maximumBytes
        request.limitBySpeed()
        return try await aws.send(request).body
    }

    /// Stores an object in one request: up to 5 GiB by S3's limit, and by memory.
    /// - Returns: its ETag, without quotes.
    @discardableResult
    package func put(bucket: String, key: String, body: [UInt8], contentType: String? = nil)
        async throws(AWSError) -> String
    {
        var request = try request("PutObject", "PUT", bucket: bucket, key: key)
        request.body = body
        if let contentType { request.headers.set("Content-Type", contentType) }
        request.limitBySpeed()
        return Self.unquoted(try await aws.send(request).headers["ETag"] ?? "")
    }

    /// Up to 1,000 keys that begin with `prefix`.
    package func list(bucket: String, prefix: String = "", continuationToken: String? = nil)
        async throws(AWSError) -> S3ListPage
    {
        var request = try request("ListObjectsV2", "GET", bucket: bucket, key: nil)
        // Keys may hold characters that XML cannot.
        request.query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)]
        if let continuationToken { request.query.append(("continuation-token", continuationToken)) }
        let response = try await aws.send(request)
        do throws(XMLElement.ParseError) {
            return try Self.listPage(try XMLElement(parsing: response.body))
        } catch {
            throw request.error(.invalidResponse, error.description)
        }
    }

    /// An URL with which anyone makes this one call, until it expires.
    /// - Parameter expiresSeconds: 1 to 604,800; it ends earlier with temporary credentials.
    package func presignedURL(bucket: String, key: String, method: String = "GET", expiresSeconds: Int = 3600)
        async throws(AWSError) -> String
    {
        let request = try request("PresignedURL", method, bucket: bucket, key: key)
        return try await aws.presignedURL(request, expiresSeconds: expiresSeconds)
    }

    // MARK: Requests

    /// The call for an object, or for the bucket itself when `key` is nil.
    ///
    /// A custom endpoint gets the bucket in the path, since its host has no subdomains; so does a bucket with dots,
    /// which the wildcard certificate of `*.s3.REGION.amazonaws.com` does not cover.
    func request(
        _ operation: String, _ method: String, bucket: String, key: String?,
        query: [(name: String, value: String)] = []
    ) throws(AWSError) -> AWSRequest {
        var endpoint = aws.configuration.endpoint(for: .s3)
        var path = "/" + PercentEncoding.encode(key ?? "", keepingSlashes: true)
        if endpoint.isCustom || bucket.contains(".") {
            path = "/" + PercentEncoding.encode(bucket) + (key == nil ? "" : path)
        } else {
            endpoint.authority = "\(bucket).\(endpoint.authority)"
        }
        let request = AWSRequest(
            service: .s3, operation: operation, method: method, endpoint: endpoint, path: path, query: query)
        guard bucket.utf8.count >= 3, bucket.utf8.allSatisfy({ isASCIILetterOrDigit($0) || "-._".utf8.contains($0) })
        else { throw request.error(.client, "“\(bucket)” is not a bucket's name") }
        // An empty key would turn the call into one on the bucket.
        guard key?.isEmpty != true else { throw request.error(.client, "the key is empty") }
        return request
    }

    func version(_ versionID: String?) -> [(name: String, value: String)] {
        versionID.map { [("versionId", $0)] } ?? []
    }

    func send(_ request: AWSRequest, to fileDescriptor: Int32, at offset: Int64) async throws(AWSError) -> HTTPResponse
    {
        try await aws.download(request, to: fileDescriptor, at: offset)
    }

    // MARK: Answers

    static func unquoted(_ etag: String) -> String {
        etag.count >= 2 && etag.hasPrefix("\"") && etag.hasSuffix("\"") ? String(etag.dropFirst().dropLast()) : etag
    }

    private static func listPage(_ root: XMLElement) throws(XMLElement.ParseError) -> S3ListPage {
        var entries: [S3ListPage.Entry] = []
        for content in root.children where content.name == "Contents" {
            guard let key = content["Key"].flatMap({ PercentEncoding.decodeForm($0.text) }),
                let size = content["Size"].flatMap({ Int64($0.text) }), let etag = content["ETag"]?.text
            else { throw XMLElement.ParseError(offset: 0, reason: "Contents without Key, Size or ETag") }
            entries.append(
                S3ListPage.Entry(
                    key: key, size: size, etag: unquoted(etag),
                    lastModified: content["LastModified"].flatMap { iso8601Date($0.text) }))
        }
        return S3ListPage(entries: entries, continuationToken: root["NextContinuationToken"]?.text)
    }
}

extension AWSRequest {
    /// For bodies of any length: the transfer ends when nothing moves, not after a fixed time.
    mutating func limitBySpeed() {
        timeoutSeconds = 3600
        lowSpeedSeconds = 20
    }
}
