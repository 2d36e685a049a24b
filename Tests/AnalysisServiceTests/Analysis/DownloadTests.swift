import AWS
import AnalysisAPI
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AnalysisService

/// Objects that are there but cannot be read, or not at once.
@Suite struct DownloadTests {
    private static let content = "not really a video"
    private static let whole = ScriptedHTTPServer.Reply.response(
        206, headers: ["Content-Range": "bytes 0-\(content.utf8.count - 1)/\(content.utf8.count)"], body: content)

    /// A coordinator whose child crashes at once, with an S3 that gives the replies to the calls that read the object.
    ///
    /// - Returns: the analysis after its end.
    private func analysis(outageSeconds: Double, _ replies: [ScriptedHTTPServer.Reply]) async throws -> AnalysisStatus {
        let reads = Mutex(0)
        let answer: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply = { request in
            if request.method == "GET" {
                let count = reads.withLock { count in
                    defer { count += 1 }
                    return count
                }
                return replies[min(count, replies.count - 1)]
            }
            return .close("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: \(Self.content.utf8.count)\r\n\r\n")
        }
        return try await withStore { store in
            try await ScriptedHTTPServer.with(answer) { server in
                let client = try AWSClient.standard(
                    environment: [
                        "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_S3": server.url, "AWS_MAX_ATTEMPTS": "1",
                        "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S",
                    ], logger: Logger(label: "test"))
                let fixture = CoordinatorFixture(store: store, s3: S3Client(client), bucket: "raw")
                var settings = try await fixture.settings(script: "exit 3")
                settings.outageSeconds = outageSeconds
                try await fixture.running(settings) { coordinator in
                    let status = try await coordinator.accepted(fixture.request())
                    _ = try await problem { _ = try await coordinator.wait(for: status.analysisID) }
                }
                await client.shutdown()
                #expect(try fixture.leftovers() == [])
                return try #require(try await store.store.latestAnalysis(videoID: "test-001")).status
            }
        }
    }

    @Test func aRefusedDownloadIsRecorded() async throws {
        let refusal = "<Error><Code>InvalidObjectState</Code><Message>archived</Message></Error>"
        let status = try await analysis(outageSeconds: 600, [.response(403, body: refusal)])
        #expect(status.state == .failed)
        #expect(status.errorCode == .s3Error)
        #expect(status.errorDetail?.contains("InvalidObjectState") == true)
        #expect(status.attempt == 1)
    }

    @Test func aDownloadIsTriedAgainUntilS3Answers() async throws {
        let status = try await analysis(outageSeconds: 600, [.response(503), .close(), Self.whole])
        #expect(status.errorCode == .analysisCrashed)
        #expect(status.attempt == 1)
    }

    @Test func anS3ThatStaysAwayIsRecorded() async throws {
        let status = try await analysis(outageSeconds: 0.1, [.response(503)])
        #expect(status.state == .failed)
        #expect(status.errorCode == .s3Error)
    }
}
