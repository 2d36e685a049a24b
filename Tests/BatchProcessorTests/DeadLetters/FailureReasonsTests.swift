import AnalysisAPI
import HTTP
import JSON
import Logging
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct FailureReasonsTests {
    private static let request = AnalyzeRequest(bucket: "raw", key: "videos/a b.mp4", videoID: "v", etag: "e")

    private func reasons(
        _ requests: [AnalyzeRequest] = [Self.request], bucket: String? = "raw",
        _ answer: @escaping @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply
    ) async throws -> (reasons: [AnalyzeRequest: FailureReasons.Reason], calls: [ScriptedHTTPServer.Request]) {
        try await ScriptedHTTPServer.with(answer) { server in
            let http = HTTPClient()
            let service = AnalysisClient(
                http: http, endpoint: ServiceEndpoint(server.url), token: "t", patience: .init(outage: .zero),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let found = await FailureReasons(service: service, bucket: bucket).reasons(for: requests)
            await http.shutdown()
            return (found, server.requests)
        }
    }

    private static let answers: [(InventoryResponse.State, Problem?, text: String, advice: String)] = [
        (
            .failed, Problem(code: .corruptVideo, detail: "no frame"),
            "corrupt_video: no frame", ProblemCode.corruptVideo.advice
        ),
        (
            .refused, Problem(code: .objectNotFound, detail: "gone"), "object_not_found: gone",
            ProblemCode.objectNotFound.advice
        ),
        (.completed, nil, "the object is analysed by now", "Discard the message."),
        (.processing, nil, "an analysis of the object runs", "Ask again when it has ended."),
        (.expired, nil, "the process of the object's analysis is gone", "Replay the message."),
        (.pending, nil, "the object's analysis was given back and waits", "Replay the message."),
        (.missing, nil, "the service knows no analysis of the object", "Replay the message."),
    ]

    @Test(arguments: answers)
    func theServiceSaysWhatBecameOfTheObject(
        _ state: InventoryResponse.State, _ problem: Problem?, _ expected: String, _ advice: String
    ) async throws {
        let entry = InventoryResponse.Entry(key: Self.request.key, state: state, problem: problem)
        let (reasons, calls) = try await reasons { _ in
            .response(200, body: InventoryResponse(entries: [entry]).json.serialized())
        }
        #expect(reasons == [Self.request: .init(expected, advice: advice)])
        let call = try #require(calls.first)
        #expect(call.method == "POST" && call.target == "/inventory" && call.headers["X-Internal-Token"] == "t")
        let asked = try InventoryRequest(json: try JSON(parsing: call.body))
        #expect(
            asked
                == InventoryRequest(
                    bucket: "raw", objects: [.init(key: "videos/a b.mp4", etag: "e", size: nil, videoID: "v")]))
    }

    @Test func manyAreAskedForTogether() async throws {
        let requests = (0..<250).map { AnalyzeRequest(bucket: "raw", key: "videos/\($0).mp4") }
        let (reasons, calls) = try await reasons(requests + requests) { request in
            do {
                let asked = try InventoryRequest(json: try JSON(parsing: request.body))
                let entries = asked.objects.map { object in
                    InventoryResponse.Entry(
                        key: object.key, state: .failed, problem: Problem(code: .corruptVideo, detail: object.key))
                }
                return .response(200, body: InventoryResponse(entries: entries).json.serialized())
            } catch {
                return .response(400, body: "\(error)")
            }
        }
        #expect(calls.count == 3)
        #expect(reasons.count == 250)
        for request in requests { #expect(reasons[request]?.text == "corrupt_video: \(request.key)") }
    }

    @Test func aServiceThatDoesNotAnswerLeavesTheReasonUnknown() async throws {
        let (failing, calls) = try await reasons { _ in .response(500) }
        #expect(failing == [Self.request: .init("unknown: HTTP 500")])
        #expect(calls.count == 1)
        let (gone, _) = try await reasons { _ in .close() }
        #expect(gone[Self.request]?.text.hasPrefix("unknown: analysis-service cannot be reached: ") == true)
    }

    @Test func anotherBucketNeedsNoQuestion() async throws {
        let (reasons, calls) = try await reasons(bucket: "other") { _ in .response(500) }
        #expect(reasons[Self.request]?.text == "bucket_not_allowed: S3_BUCKET_RAW is other")
        #expect(calls.isEmpty)
    }
}
