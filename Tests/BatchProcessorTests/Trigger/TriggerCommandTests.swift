import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

@testable import BatchProcessor

/// The real `batch-processor trigger` with the emulator's SQS, and stand-ins for Batch and for Lambda's runtime API.
@Suite struct TriggerCommandTests {
    private static let settings = ["BATCH_JOB_QUEUE": "jobs", "BATCH_JOB_DEFINITION": "drain", "MESSAGES_PER_JOB": "2"]

    /// Answers ListJobs with one running job on two pages, and SubmitJob with numbered jobs.
    private static func batch(running: Int) -> @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply {
        { request in
            let body = String(decoding: request.body, as: UTF8.self)
            if request.target == "/v1/submitjob" {
                return .response(200, body: #"{"jobArn":"arn","jobId":"job-\#(request.connection)","jobName":"drain"}"#)
            }
            guard body.contains(#""RUNNING""#), running > 0 else {
                return .response(200, body: #"{"jobSummaryList":[]}"#)
            }
            if !body.contains("nextToken") {
                return .response(200, body: #"{"jobSummaryList":[],"nextToken":"more"}"#)
            }
            let jobs = (0..<running).map { #"{"jobId":"r\#($0)","jobName":"drain"}"# }.joined(separator: ",")
            return .response(200, body: #"{"jobSummaryList":[\#(jobs)]}"#)
        }
    }

    @Test func byHandItLooksOnceAndSubmitsWhatIsMissing() async throws {
        try await DrainBench.with { bench in
            for name in ["a", "b", "c", "d", "e"] { try await bench.queue.send(body: uploadBody("videos/\(name).mp4")) }
            try await ScriptedHTTPServer.with(Self.batch(running: 1)) { batch in
                let end = try await bench.run(
                    ["trigger"], service: "http://127.0.0.1:9",
                    adding: Self.settings.merging(["AWS_ENDPOINT_URL_BATCH": batch.url]) { $1 })
                #expect(end.ending == .exited(0), "\(end.standardError)")
                let decision = try JSON(parsing: end.standardOutput).node
                #expect(try decision["messages_waiting"].int() == 5)
                #expect(try decision["jobs_active"].int() == 1)
                // Five messages are worth three jobs of two; one runs.
                #expect(try decision["jobs_submitted"].array().count == 2)

                let submits = batch.requests.filter { $0.target == "/v1/submitjob" }
                #expect(submits.count == 2)
                let job = try JSON(parsing: submits[0].body).node
                #expect(try job["jobQueue"].string() == "jobs")
                #expect(try job["jobDefinition"].string() == "drain")
                #expect(submits[0].headers["Authorization"]?.contains("/batch/aws4_request") == true)
            }
            // The work queue's messages are looked at, never received.
            #expect(try await bench.counts(bench.queue) == [5, 0])
        }
    }

    @Test func inLambdaItServesOneInvocationAfterTheOther() async throws {
        try await DrainBench.with { bench in
            let events = Mutex([
                #"{"source":"aws.scheduler"}"#, "not json", #"{"detail-type":"Object Created","source":"aws.s3"}"#,
            ])
            let runtime: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply = { request in
                guard request.target.hasSuffix("/invocation/next") else { return .response(202) }
                let next = events.withLock { events in events.isEmpty ? nil : (events.count, events.removeFirst()) }
                guard let (left, event) = next else { return .hold() }
                return .response(200, headers: ["Lambda-Runtime-Aws-Request-Id": "request-\(4 - left)"], body: event)
            }
            try await ScriptedHTTPServer.with(Self.batch(running: 0)) { batch in
                try await ScriptedHTTPServer.with(runtime) { lambda in
                    let environment = try bench.environment(
                        service: "http://127.0.0.1:9",
                        adding: Self.settings.merging([
                            "AWS_ENDPOINT_URL_BATCH": batch.url, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(lambda.port)",
                        ]) { $1 })
                    try await TestProcess.with(
                        try TestPaths.executable("batch-processor"), ["trigger"], environment: environment
                    ) { _ in
                        try await eventually { lambda.requests.count { $0.target.hasSuffix("/next") } == 4 }
                    }
                    let answers = lambda.requests.filter { $0.method == "POST" }
                    #expect(
                        answers.map(\.target) == [
                            "/2018-06-01/runtime/invocation/request-1/response",
                            "/2018-06-01/runtime/invocation/request-2/error",
                            "/2018-06-01/runtime/invocation/request-3/response",
                        ])
                    // An empty queue is worth no job, an upload is worth one before its message is counted.
                    #expect(try JSON(parsing: answers[0].body).node["jobs_submitted"].array().isEmpty)
                    #expect(try JSON(parsing: answers[1].body).node["errorType"].string() == "JSONError")
                    #expect(try JSON(parsing: answers[2].body).node["jobs_submitted"].array().count == 1)
                }
            }
        }
    }

    @Test func aMissingSettingIsNamedAndToldToLambda() async throws {
        try await DrainBench.with { bench in
            let byHand = try await bench.run(["trigger"], service: "http://127.0.0.1:9")
            #expect(byHand.ending == .exited(78))
            #expect(byHand.standardError.contains("BATCH_JOB_QUEUE is not set"))

            try await ScriptedHTTPServer.with(replies: [.response(202)]) { lambda in
                let end = try await bench.run(
                    ["trigger"], service: "http://127.0.0.1:9",
                    adding: ["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(lambda.port)"])
                #expect(end.ending == .exited(78))
                #expect(lambda.requests.map(\.target) == ["/2018-06-01/runtime/init/error"])
            }
        }
    }
}
