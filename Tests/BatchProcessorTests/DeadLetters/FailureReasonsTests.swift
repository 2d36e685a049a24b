import AnalysisAPI
import HTTP
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct FailureReasonsTests {
    @Test(arguments: [
        ("videos/test-001.mp4", "test-001"), ("videos/a/b c.mp4", "a/b c"), ("videos/a.mov", "a.mov"),
        ("other/a.mp4", "other/a"), ("videos/.mp4", ""), ("videos/a.mp4.mp4", "a.mp4"),
    ])
    func theVideosIDComesFromItsKey(_ key: String, _ expected: String) {
        #expect(FailureReasons.videoID(ofKey: key) == expected)
    }

    @Test func anIDIsOnePathSegment() {
        #expect(FailureReasons.percentEncoded("a/b c?é~-._9") == "a%2Fb%20c%3F%C3%A9~-._9")
    }

    private func reason(
        _ reply: ScriptedHTTPServer.Reply, bucket: String = "raw"
    ) async throws -> FailureReasons.Reason {
        try await ScriptedHTTPServer.with(replies: [reply]) { server in
            let http = HTTPClient()
            let reasons = FailureReasons(
                http: http, endpoint: ServiceEndpoint(server.url), token: "t", bucket: bucket)
            let reason = await reasons.reason(for: AnalyzeRequest(bucket: "raw", key: "videos/a b.mp4"))
            await http.shutdown()
            #expect(
                server.requests.allSatisfy { $0.target == "/videos/a%20b" && $0.headers["X-Internal-Token"] == "t" })
            return reason
        }
    }

    @Test(arguments: [
        (
            200, #"{"status":"FAILED","analysis":{"error":{"code":"corrupt_video","detail":"no frame"}}}"#,
            "corrupt_video: no frame", nil
        ),
        (
            200, #"{"status":"FAILED","analysis":{"error":{"code":"c","detail":"d","advice":"Upload it again."}}}"#,
            "c: d", "Upload it again."
        ),
        (200, #"{"status":"COMPLETED","analysis":null}"#, "the video is COMPLETED", nil),
        (404, "", "unknown: no analysis of a b is stored; is the object there?", nil),
        (500, "", "unknown: HTTP 500", nil),
    ])
    func theNewestAnalysisSaysWhy(_ status: Int, _ body: String, _ expected: String, _ advice: String?) async throws {
        #expect(try await reason(.response(status, body: body)) == .init(expected, advice: advice))
    }

    @Test func anotherBucketNeedsNoQuestion() async throws {
        #expect(try await reason(.response(500), bucket: "other").text == "bucket_not_allowed: S3_BUCKET_RAW is other")
    }
}
