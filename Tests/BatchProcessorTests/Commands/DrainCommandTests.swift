import AWS
import AnalysisAPI
import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct DrainCommandTests {
    /// Where nothing listens.
    private static let nowhere = "http://127.0.0.1:9"

    private static func problem(_ code: ProblemCode) -> ScriptedHTTPServer.Reply {
        .response(
            code.status, headers: ["Content-Type": Problem.mediaType, "Retry-After": "600"],
            body: Problem(code: code, detail: "why").json.serialized())
    }

    /// Everything but the check of readiness, which is answered well.
    private static func ready(
        _ answer: @escaping @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply
    ) -> @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply {
        { $0.target == "/ready" ? .response(200, body: "{}") : answer($0) }
    }

    @Test func everyMessageIsAnalysedAndDeleted() async throws {
        try await DrainBench.with { bench in
            let standIn = StandIn()
            try await ScriptedHTTPServer.with(standIn.answer) { server in
                try await bench.queue.send(body: #"{"Event":"s3:TestEvent"}"#)
                for name in ["a", "b", "c"] { try await bench.queue.send(body: uploadBody("videos/\(name).mp4")) }
                let end = try await bench.run(service: server.url, adding: ["INTERNAL_TOKEN": "s3cret-token"])
                #expect(end.ending == .exited(0), "\(end.standardError)")
                #expect(try await bench.counts(bench.queue) == [0, 0])

                let posts = server.requests.filter { $0.method == "POST" }
                let keys = try posts.map { try AnalyzeRequest(json: try JSON(parsing: $0.body)).key }
                #expect(Set(keys) == ["videos/a.mp4", "videos/b.mp4", "videos/c.mp4"])
                #expect(posts.allSatisfy { $0.headers["X-Internal-Token"] == "s3cret-token" })
                let log = try end.logMessages
                for line in [
                    "Message received", "Calling analysis-service", "analysis-service answered", "Rows saved",
                    "Analysis completed", "Message deleted",
                ] {
                    #expect(log.filter { $0 == line }.count >= 3, "\(line)")
                }
                #expect(!end.standardError.contains("s3cret-token"))
            }
        }
    }

    @Test func anEmptyQueueIsASuccessAlsoWithoutAService() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(["drain"], service: Self.nowhere)
            #expect(end.ending == .exited(0), "\(end.standardError)")
        }
    }

    @Test func onceHandlesOneMessage() async throws {
        try await DrainBench.with { bench in
            let standIn = StandIn()
            try await ScriptedHTTPServer.with(standIn.answer) { server in
                for name in ["a", "b"] { try await bench.queue.send(body: uploadBody("videos/\(name).mp4")) }
                let end = try await bench.run(["drain", "--once", "--progress"], service: server.url)
                #expect(end.ending == .exited(0), "\(end.standardError)")
                #expect(try await bench.counts(bench.queue) == [1, 0])
                #expect(end.standardError.contains(".mp4: 50 % analysed\n"))
            }
        }
    }

    @Test func aHopelessMessageIsInTheDeadLetterQueueAfterOneRun() async throws {
        try await DrainBench.with { bench in
            try await ScriptedHTTPServer.with(Self.ready { _ in Self.problem(.objectNotFound) }) { server in
                try await bench.queue.send(body: uploadBody("videos/a.mp4"))
                try await bench.queue.send(body: "not json")
                let end = try await bench.run(service: server.url)
                #expect(end.ending == .exited(1), "\(end.standardError)")
                #expect(try await bench.counts(bench.queue) == [0, 0])
                #expect(try await bench.counts(bench.deadLetters) == [2, 0])
                // Three receives, but the service is asked once: it would say the same.
                #expect(server.requests.filter { $0.method == "POST" }.count == 1)
                #expect(end.standardError.contains("object_not_found: why"))
                #expect(end.standardError.contains("malformed message: unexpected word at byte 0"))
            }
        }
    }

    @Test func aPassingFailureHidesTheMessageForAWhile() async throws {
        try await DrainBench.with { bench in
            try await ScriptedHTTPServer.with(Self.ready { _ in Self.problem(.databaseUnavailable) }) { server in
                try await bench.queue.send(body: uploadBody("videos/a.mp4"))
                let end = try await bench.run(service: server.url, adding: ["SERVICE_PATIENCE_SECONDS": "0"])
                #expect(end.ending == .exited(1), "\(end.standardError)")
                #expect(try await bench.counts(bench.queue) == [0, 1])
                #expect(try end.logMessages.contains("Message backs off"))
            }
        }
    }

    @Test func aRepeatIsNotLoggedAsWork() async throws {
        try await DrainBench.with { bench in
            let stored = #"{"status":"success","video_id":"a","analysis_id":7}"#
            try await ScriptedHTTPServer.with(Self.ready { _ in .response(200, body: stored) }) { server in
                try await bench.queue.send(body: uploadBody("videos/a.mp4"))
                let end = try await bench.run(service: server.url)
                #expect(end.ending == .exited(0), "\(end.standardError)")
                let messages = try end.logMessages
                #expect(messages.contains("Analysed already"))
                #expect(!messages.contains("Rows saved") && !messages.contains("Analysis completed"))
            }
        }
    }

    @Test func aServiceThatIsDownCostsTheMessagesNoReceive() async throws {
        try await DrainBench.with { bench in
            try await bench.queue.send(body: uploadBody("videos/a.mp4"))
            let end = try await bench.run(service: Self.nowhere, adding: ["SERVICE_PATIENCE_SECONDS": "0"])
            #expect(end.ending == .exited(69), "\(end.standardError)")
            let message = try #require(try await bench.queue.receive(waitSeconds: 5).first)
            #expect(message.receiveCount == 1)
        }
    }

    @Test func aServiceThatFailsMidwayEndsTheRun() async throws {
        try await DrainBench.with { bench in
            try await ScriptedHTTPServer.with(Self.ready { _ in .close() }) { server in
                for name in ["a", "b", "c"] { try await bench.queue.send(body: uploadBody("videos/\(name).mp4")) }
                let end = try await bench.run(
                    service: server.url, adding: ["SERVICE_PATIENCE_SECONDS": "0", "MAX_CONCURRENT_MESSAGES": "1"])
                #expect(end.ending == .exited(69), "\(end.standardError)")
                // One message was tried, and none is lost.
                let bodies = server.requests.filter { $0.method == "POST" }.map(\.body)
                #expect(Set(bodies).count == 1)
                #expect(try await bench.counts(bench.queue).reduce(0, +) == 3)
                let last = try JSON(parsing: String(try #require(end.standardError.split(separator: "\n").last))).node
                #expect(try last["message"].string() == "Drain ended")
                #expect(try last["level"].string() == "error")
                #expect(try last["reason"].string().hasPrefix("analysis-service cannot be reached: "))
            }
        }
    }

    @Test func aRefusedTokenIsAMistakeOfTheConfiguration() async throws {
        try await DrainBench.with { bench in
            try await ScriptedHTTPServer.with(Self.ready { _ in Self.problem(.unauthorized) }) { server in
                try await bench.queue.send(body: uploadBody("videos/a.mp4"))
                let end = try await bench.run(service: server.url, adding: ["INTERNAL_TOKEN": "wrong-token"])
                #expect(end.ending == .exited(78), "\(end.standardError)")
                #expect(end.standardError.contains("INTERNAL_TOKEN is not the service's"))
                #expect(!end.standardError.contains("wrong-token"))
            }
        }
    }

    @Test func aQueueThatCannotBeReachedEndsTheRun() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(service: Self.nowhere, adding: ["AWS_ENDPOINT_URL": Self.nowhere])
            #expect(end.ending == .exited(69), "\(end.standardError)")
        }
    }

    @Test func aQueueThatIsNotThereIsAMistakeOfTheConfiguration() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(service: Self.nowhere, adding: ["SQS_QUEUE_URL": bench.queueURL + "-not"])
            #expect(end.ending == .exited(78), "\(end.standardError)")
        }
    }

    @Test func aMissingSettingIsNamed() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(service: "")
            #expect(end.ending == .exited(78))
            #expect(end.standardError.contains("FASTAPI_ENDPOINT is not set: expected the service's base URL"))
        }
    }

    @Test(arguments: [["drain", "--twice"], ["unknown"], ["dlq", "replay"], ["dlq", "replay", "id", "--all"]])
    func wrongUsageIsRefused(_ arguments: [String]) async throws {
        let end = try await TestProcess.run(try TestPaths.executable("batch-processor"), arguments)
        #expect(end.ending == .exited(64))
    }

    @Test func onSIGTERMTheWorkInFlightMayFinish() async throws {
        try await DrainBench.with { bench in
            let standIn = StandIn(holding: true)
            try await ScriptedHTTPServer.with(standIn.answer) { server in
                for name in ["a", "b", "c"] { try await bench.queue.send(body: uploadBody("videos/\(name).mp4")) }
                let environment = try bench.environment(
                    service: server.url, adding: ["MAX_CONCURRENT_MESSAGES": "1"])
                let executable = try TestPaths.executable("batch-processor")
                try await TestProcess.with(executable, environment: environment) { process in
                    try await eventually("a poll") {
                        server.requests.contains { $0.method == "GET" && $0.target != "/ready" }
                    }
                    process.signal(SIGTERM)
                    try await eventually("the stop") { process.standardError.contains("no more messages are received") }
                    standIn.finish()
                    #expect(try await process.wait() == .exited(0), "\(process.standardError)")
                    #expect(process.standardError.contains("Message deleted"))
                }
                #expect(try await bench.counts(bench.queue) == [2, 0])
            }
        }
    }

    @Test func afterTheGraceTimeTheMessageIsReleased() async throws {
        try await DrainBench.with { bench in
            let standIn = StandIn(holding: true)
            try await ScriptedHTTPServer.with(standIn.answer) { server in
                try await bench.queue.send(body: uploadBody("videos/a.mp4"))
                // The long poll for a second message outlasts the grace time: what is given back must not reach it.
                let environment = try bench.environment(
                    service: server.url, adding: ["DRAIN_GRACE_SECONDS": "0", "RECEIVE_WAIT_SECONDS": "3"])
                let executable = try TestPaths.executable("batch-processor")
                try await TestProcess.with(executable, environment: environment) { process in
                    try await eventually("a poll") {
                        server.requests.contains { $0.method == "GET" && $0.target != "/ready" }
                    }
                    process.signal(SIGTERM)
                    #expect(try await process.wait() == .exited(1), "\(process.standardError)")
                    #expect(process.standardError.contains("Message released since the job stops"))
                    #expect(!process.standardError.contains("could not be changed"))
                }
                // At once, not after the visibility timeout of two minutes.
                #expect(try await bench.counts(bench.queue) == [1, 0])
            }
        }
    }
}
