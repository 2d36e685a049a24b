import Foundation
import HTTP
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AWS

@Suite struct S3DownloadTests {
    private static let content = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

    private final class Counter: Sendable {
        let bytes = Mutex(0)
    }

    @Test(arguments: [(0, 4096), (1, 4096), (4096, 4096), (4097, 4096), (100_003, 4096), (100_003, 8 << 20)])
    func partsMakeTheWholeFile(size: Int, partBytes: Int) async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            let body = Array(Self.content.prefix(size))
            let etag = try await s3.put(bucket: bucket, key: "videos/a b.mp4", body: body)
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video")
                let counter = Counter()
                try await s3.download(
                    bucket: bucket, key: "videos/a b.mp4", etag: etag, size: Int64(size), to: file.path(),
                    partBytes: partBytes
                ) { count in counter.bytes.withLock { $0 += count } }
                let stored = try Data(contentsOf: file)
                #expect(stored == Data(body))
                #expect(counter.bytes.withLock { $0 } == size)
            }
        }
    }

    @Test func namedVersionIsDownloaded() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket(versioned: true)
            let s3 = S3Client(aws.client)
            try await s3.put(bucket: bucket, key: "k", body: [1])
            let old = try await s3.head(bucket: bucket, key: "k")
            try await s3.put(bucket: bucket, key: "k", body: [2, 2])
            #expect(old.versionID != nil)
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video")
                try await s3.download(
                    bucket: bucket, key: "k", versionID: old.versionID, etag: old.etag, size: old.size,
                    to: file.path())
                let stored = try Data(contentsOf: file)
                #expect(stored == Data([1]))
            }
        }
    }

    @Test func changedObjectFailsThePreconditionAndLeavesNoFile() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let s3 = S3Client(aws.client)
            let etag = try await s3.put(bucket: bucket, key: "k", body: Self.content)
            try await s3.put(bucket: bucket, key: "k", body: Self.content.reversed())
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video")
                let error = await #expect(throws: AWSError.self) {
                    try await s3.download(
                        bucket: bucket, key: "k", etag: etag, size: Int64(Self.content.count), to: file.path(),
                        partBytes: 10_000)
                }
                #expect(error?.kind == .preconditionFailed)
                #expect(!FileManager.default.fileExists(atPath: file.path()))
            }
        }
    }

    /// Serves ranges of the content, but the first request of each range as `first` says.
    private func withRanges(
        first: @escaping @Sendable (_ range: String) -> ScriptedHTTPServer.Reply?,
        _ body: (S3Client, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let seen = Seen()
        let answer: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply = { request in
            guard let range = request.headers["Range"]?.dropFirst("bytes=".count) else { return .response(400) }
            if seen.isNew(String(range)), let reply = first(String(range)) { return reply }
            let bounds = range.split(separator: "-").compactMap { Int($0) }
            guard bounds.count == 2 else { return .response(400) }
            let text = String(Self.text.dropFirst(bounds[0]).prefix(bounds[1] - bounds[0] + 1))
            return .response(206, headers: ["Content-Range": "bytes \(range)/\(Self.text.count)"], body: text)
        }
        try await ScriptedHTTPServer.with(answer) { server in
            let configuration = AWSConfiguration(
                region: "eu-west-1", endpoints: [.s3: try #require(AWSEndpoint(parsing: server.url))],
                retry: RetryPolicy(maximumAttempts: 3, baseSeconds: 0.001))
            let client = AWSClient(
                configuration: configuration, http: HTTPClient(),
                credentials: StaticCredentials(AWSCredentials(accessKeyID: "A", secretAccessKey: "S")))
            try await body(S3Client(client), server)
            await client.shutdown()
        }
    }

    private static let text = String((0..<1000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })

    private final class Seen: Sendable {
        private let ranges = Mutex<Set<String>>([])
        func isNew(_ range: String) -> Bool { ranges.withLock { $0.insert(range).inserted } }
    }

    @Test(arguments: [
        ScriptedHTTPServer.Reply.response(503), .close(),
        .close("HTTP/1.1 206 Partial\r\nContent-Length: 100\r\nContent-Range: bytes 0-99/1000\r\n\r\nXXXX"),
    ])
    func failedPartIsFetchedAgain(reply: ScriptedHTTPServer.Reply) async throws {
        try await withRanges(first: { _ in reply }) { s3, server in
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video")
                let counter = Counter()
                try await s3.download(
                    bucket: "raw", key: "k", etag: "e", size: 1000, to: file.path(), partBytes: 100
                ) { count in counter.bytes.withLock { $0 += count } }
                let stored = try String(contentsOf: file, encoding: .utf8)
                #expect(stored == Self.text)
                #expect(counter.bytes.withLock { $0 } == 1000)
                #expect(server.requests.count == 20)
                #expect(server.requests.allSatisfy { $0.headers["If-Match"] == "\"e\"" })
            }
        }
    }

    @Test(arguments: [
        ScriptedHTTPServer.Reply.response(200, body: String(repeating: "X", count: 100)),
        .response(206, headers: ["Content-Range": "bytes 0-99/2000"], body: String(repeating: "X", count: 100)),
        .response(206, headers: ["Content-Range": "bytes 0-99/1000"], body: "short"),
        .response(206, headers: ["Content-Range": "bytes 0-99/1000"], body: String(repeating: "X", count: 101)),
    ])
    func wrongRangeIsAnError(reply: ScriptedHTTPServer.Reply) async throws {
        try await withRanges(first: { $0 == "0-99" ? reply : nil }) { s3, _ in
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video").path()
                let error = await #expect(throws: AWSError.self) {
                    try await s3.download(bucket: "raw", key: "k", etag: "e", size: 1000, to: file, partBytes: 100)
                }
                #expect(error?.kind == .invalidResponse || error?.kind == .tooLarge, "\(String(describing: error))")
                #expect(!FileManager.default.fileExists(atPath: file))
            }
        }
    }

    @Test func cancellationEndsTheDownloadAndRemovesTheFile() async throws {
        try await withRanges(first: { $0 == "900-999" ? .hold() : nil }) { s3, server in
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video").path()
                let task = Task {
                    try await s3.download(bucket: "raw", key: "k", etag: "e", size: 1000, to: file, partBytes: 100)
                }
                try await eventually("the last part") { server.requests.count == 10 }
                task.cancel()
                let error = await #expect(throws: AWSError.self) { try await task.value }
                #expect(error?.kind == .cancelled)
                #expect(!FileManager.default.fileExists(atPath: file))
            }
        }
    }

    @Test func fullDiskIsNamedBeforeTheDownload() async throws {
        try await withRanges(first: { _ in nil }) { s3, server in
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "video").path()
                let error = await #expect(throws: AWSError.self) {
                    try await s3.download(bucket: "raw", key: "k", etag: "e", size: 1 << 50, to: file)
                }
                #expect(error?.kind == .file)
                #expect(error?.message.contains("no room for") == true, "\(String(describing: error))")
                #expect(server.requests.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: file))
            }
        }
    }

    @Test func missingFolderIsAFileError() async throws {
        try await withRanges(first: { _ in nil }) { s3, _ in
            let error = await #expect(throws: AWSError.self) {
                try await s3.download(bucket: "raw", key: "k", etag: "e", size: 1, to: "/nonexistent/video")
            }
            #expect(error?.kind == .file)
            #expect(error?.message.contains("/nonexistent/video") == true)
        }
    }
}
