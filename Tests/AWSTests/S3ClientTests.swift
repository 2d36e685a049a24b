import Foundation
import HTTP
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// Against the emulator, which checks every signature on the raw request.
@Suite struct S3ClientTests {
    static let awkwardKeys = [
        "plain.mp4", "videos/with space.mp4", "a+b%c=d&e?f#g.mp4", "quotes'\"`.mp4", "(paren)*!~$@,;:.mp4", "비디오/é.mp4",
        "double//slash", "./dot/../dots", "%2F%20already", "back\\slash|pipe<lt>", "trailing/",
    ]

    @Test(arguments: awkwardKeys) func awkwardKeyIsStoredReadAndSigned(key: String) async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            let body = Array("content of \(key)".utf8)
            let etag = try await s3.put(bucket: bucket, key: key, body: body, contentType: "video/mp4")
            let object = try await s3.head(bucket: bucket, key: key)
            #expect(object.size == Int64(body.count))
            #expect(object.etag == etag)
            #expect(!etag.contains("\""))
            #expect(object.contentType == "video/mp4")
            #expect(object.lastModified != nil)
            let content = try await s3.get(bucket: bucket, key: key)
            #expect(content == body)
            let entries = try await s3.list(bucket: bucket).entries
            #expect(entries.map(\.key) == [key] && entries.map(\.size) == [Int64(body.count)])
            #expect(entries.map(\.etag) == [etag] && entries.first?.lastModified != nil)
            let url = try await s3.presignedURL(bucket: bucket, key: key, expiresSeconds: 600)
            let presigned = try await aws.client.http.send(HTTPRequest(url: url))
            #expect(presigned.status == 200)
            #expect(presigned.body == body)
        }
    }

    @Test func presignedPUTStoresAnyBody() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            let url = try await s3.presignedURL(bucket: bucket, key: "a b.mp4", method: "PUT", expiresSeconds: 60)
            let put = try await aws.client.http.send(HTTPRequest(method: "PUT", url: url, body: Array("later".utf8)))
            #expect(put.status == 200)
            let content = try await s3.get(bucket: bucket, key: "a b.mp4")
            #expect(content == Array("later".utf8))
            let get = try await aws.client.http.send(HTTPRequest(url: url))
            #expect(get.status == 403)
        }
    }

    @Test func temporaryKeysWorkInHeadersAndPresignedURLs() async throws {
        let client = try AWSClient.standard(
            environment: TestAWS.temporaryEnvironment, logger: Logger(label: "test.aws"))
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(client)
            try await s3.put(bucket: bucket, key: "k", body: [1, 2, 3])
            let url = try await s3.presignedURL(bucket: bucket, key: "k")
            let response = try await client.http.send(HTTPRequest(url: url))
            #expect(response.body == [1, 2, 3])
        }
        await client.shutdown()
    }

    @Test func wrongSecretIsAccessDenied() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let environment = try TestAWS.environment.merging(["AWS_SECRET_ACCESS_KEY": "wrong"]) { $1 }
            let client = try AWSClient.standard(environment: environment, logger: Logger(label: "test.aws"))
            let error = await #expect(throws: AWSError.self) { try await S3Client(client).list(bucket: bucket) }
            #expect(error?.kind == .accessDenied)
            #expect(error?.code == "SignatureDoesNotMatch")
            await client.shutdown()
        }
    }

    @Test(arguments: [-7200.0, 7200]) func wrongClockIsCorrected(offset: TimeInterval) async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let configuration = aws.client.configuration
            let http = HTTPClient()
            let credentials = try CredentialChain.provider(environment: TestAWS.environment, http: http)
            let client = AWSClient(
                configuration: configuration, http: http, credentials: credentials,
                now: { Date.now.addingTimeInterval(offset) })
            try await S3Client(client).put(bucket: bucket, key: "k", body: [1])
            let object = try await S3Client(client).head(bucket: bucket, key: "k")
            #expect(object.size == 1)
            await client.shutdown()
        }
    }

    @Test func missingThingsAreNotFound() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            for error in [
                await #expect(throws: AWSError.self) { try await s3.head(bucket: bucket, key: "none") },
                await #expect(throws: AWSError.self) { try await s3.get(bucket: bucket, key: "none") },
                await #expect(throws: AWSError.self) { try await s3.list(bucket: TestAWS.uniqueName()) },
            ] {
                #expect(error?.kind == .notFound)
            }
        }
    }

    @Test func largerObjectThanAllowedIsAnError() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            try await S3Client(aws.client).put(bucket: bucket, key: "k", body: [1, 2, 3])
            let error = await #expect(throws: AWSError.self) {
                try await S3Client(aws.client).get(bucket: bucket, key: "k", maximumBytes: 2)
            }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test func listingGoesOnOverPages() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            for key in ["a/1", "b/1", "b/2"] { try await s3.put(bucket: bucket, key: key, body: []) }
            let page = try await s3.list(bucket: bucket, prefix: "b/")
            #expect(page.entries.map(\.key) == ["b/1", "b/2"])
            #expect(page.continuationToken == nil)
        }
    }

    @Test func listPageCarriesItsContinuation() async throws {
        let xml = """
            <ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a+b/=</NextContinuationToken>\
            <Contents><Key>a+b%2B%C3%A9</Key><Size>5368709120</Size><ETag>&quot;x&quot;</ETag>\
            <LastModified>2026-01-31T12:00:00.000Z</LastModified></Contents>\
            </ListBucketResult>
            """
        try await ScriptedHTTPServer.with(replies: [.response(200, body: xml)]) { server in
            let s3 = S3Client(try client(endpoint: server.url))
            let page = try await s3.list(bucket: "raw", continuationToken: "t+1/=")
            #expect(page.continuationToken == "a+b/=")
            #expect(
                page.entries == [
                    S3ListPage.Entry(
                        key: "a b+é", size: 5_368_709_120, etag: "x",
                        lastModified: Date(timeIntervalSince1970: 1_769_860_800))
                ])
            let target = try #require(server.requests.first?.target)
            #expect(target.contains("continuation-token=t%2B1%2F%3D"))
        }
    }

    // MARK: Addresses

    @Test(arguments: [
        (nil, "raw", "https://raw.s3.eu-west-1.amazonaws.com/a/b"),
        (nil, "my.raw", "https://s3.eu-west-1.amazonaws.com/my.raw/a/b"),
        ("http://127.0.0.1:1/base", "raw", "http://127.0.0.1:1/base/raw/a/b"),
    ])
    func bucketIsInTheHostOrThePath(endpoint: String?, bucket: String, url: String) async throws {
        let presigned = try await S3Client(try client(endpoint: endpoint)).presignedURL(bucket: bucket, key: "a/b")
        #expect(presigned.prefix { $0 != "?" } == url)
    }

    @Test(arguments: [("raw", ""), ("", "k"), ("ra", "k"), ("raw/..", "k"), ("raw?x", "k"), ("raw.evil.com/", "k")])
    func nameThatWouldChangeTheAddressIsRefused(bucket: String, key: String) async throws {
        let s3 = S3Client(try client(endpoint: nil))
        let error = await #expect(throws: AWSError.self) { try await s3.head(bucket: bucket, key: key) }
        #expect(error?.kind == .client)
        #expect(error?.status == nil)
    }

    private func client(endpoint: String?) throws -> AWSClient {
        var environment = [
            "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S",
        ]
        environment["AWS_ENDPOINT_URL_S3"] = endpoint
        return try AWSClient.standard(environment: environment, logger: Logger(label: "test.aws"))
    }
}
