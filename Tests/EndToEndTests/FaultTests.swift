import AWS
import Foundation
import HTTP
import JSON
import PostgreSQL
import TestSupport
import Testing

/// What goes wrong leaves the message where it belongs, a clear reason, and no part of any rows.
@Suite struct FaultTests {
    @Test func aBrokenVideoEndsInTheDeadLetterQueueAfterThreeReceives() async throws {
        try await Pipeline.with { pipeline in
            let text = Array("This is a text that somebody renamed.\n".utf8)
            try await pipeline.s3.put(bucket: pipeline.bucket, key: "videos/broken.mp4", body: text)
            try await pipeline.withService { service in
                var receives: [String] = []
                var lastLog = ""
                try await eventually("the message in the dead-letter queue", within: .seconds(180)) {
                    let result = try await pipeline.drain(endpoint: service.endpoint)
                    lastLog = result.standardError
                    receives += try Pipeline.log(lastLog)
                        .filter { try $0["message"].string().hasSuffix("is left for the dead-letter queue") }
                        .map { try $0["message.receive_count"].string() }
                    let isDead = try await pipeline.messages(in: pipeline.deadLetters) == 1
                    #expect(result.ending == .exited(1), "\(lastLog)")
                    return isDead
                }
                #expect(receives == ["1", "2", "3"])
                #expect(lastLog.contains("not_a_video"))
                let health = try await pipeline.status("\(service.endpoint)/health")
                #expect(health == 200)
            }
            #expect(try await pipeline.messages(in: pipeline.queue) == 0)
            let dead = try await SQSClient(pipeline.aws.client, queueURL: pipeline.deadLetters.url).receive(
                waitSeconds: 1)
            #expect(dead.first?.body.contains("videos/broken.mp4") == true)

            let video = try await pipeline.query("SELECT video_id, status FROM apps_db_video")
            #expect(video.count == 1)
            #expect(try video.first?.string("status") == "FAILED")
            let analyses = try await pipeline.query("SELECT status, error_code FROM apps_db_videoanalysis")
            #expect(!analyses.isEmpty)
            #expect(try analyses.allSatisfy { try $0.string("status") == "FAILED" })
            #expect(try analyses.allSatisfy { try $0.string("error_code") == "not_a_video" })
            try await expectNoRows(pipeline)
        }
    }

    @Test func aServiceThatIsToldToStopSaysSoAndGivesBackWhatRuns() async throws {
        // Longer than the time that a stopping service has.
        let video = try await TestVideo.sample(seconds: 60)
        try await Pipeline.with { pipeline in
            try await pipeline.upload(video, as: "videos/test-001.mp4")
            try await pipeline.withService(["ANALYSIS_FPS": "10"]) { service in
                let body: JSON = ["s3_bucket": .string(pipeline.bucket), "s3_key": "videos/test-001.mp4"]
                let accepted = try await pipeline.aws.client.http.send(
                    HTTPRequest(
                        method: "POST", url: "\(service.endpoint)/analyze",
                        headers: ["Content-Type": "application/json", "Prefer": "respond-async"],
                        body: Array(body.serialized().utf8)))
                #expect(accepted.status == 202)
                let child = try await eventually("the service's child process", within: .seconds(120)) {
                    try service.process.childProcessIDs().first
                }
                service.process.signal(SIGTERM)
                try await eventually("an answer that it stops") {
                    try await pipeline.status("\(service.endpoint)/ready") == 503
                }
                // Who follows the analysis is answered meanwhile.
                #expect(try await pipeline.status("\(service.endpoint)/analyses/1") == 200)
                #expect(try await service.process.wait() == .exited(0))
                #expect(!TestProcess.isAlive(child))
            }
            let run = try await pipeline.query("SELECT status, progress, lease_expires_at FROM apps_db_videoanalysis")
            #expect(try run[0].string("status") == "PENDING")
            #expect(try run[0].int("progress") == 0)
            #expect(try run[0].optionalString("lease_expires_at") == nil)
            try await expectNoRows(pipeline)
            let left = try FileManager.default.contentsOfDirectory(
                atPath: pipeline.workFolder.appending(path: "work").path)
            #expect(left.filter { $0 != ".lock" } == [])
        }
    }

    @Test func aServiceThatDiesInMidAnalysisLeavesTheWorkToTheNext() async throws {
        let video = try await TestVideo.sample(seconds: 8)
        let lease = ["ANALYSIS_LEASE_SECONDS": "5"]
        try await Pipeline.with { pipeline in
            try await pipeline.upload(video, as: "videos/test-001.mp4")
            let batch = try TestPaths.executable("batch-processor")
            try await pipeline.withService(lease) { service in
                let environment = try pipeline.drainEnvironment(
                    endpoint: service.endpoint, ["DRAIN_GRACE_SECONDS": "0"])
                try await TestProcess.with(batch, ["drain"], environment: environment) { drain in
                    try await eventually("an analysis under way", within: .seconds(120)) {
                        try await pipeline.number(
                            "SELECT count(*) FROM apps_db_videoanalysis WHERE status = 'PROCESSING'") == 1
                    }
                    let child = try await eventually("the service's child process", within: .seconds(120)) {
                        try service.process.childProcessIDs().first
                    }
                    service.process.signal(SIGKILL)
                    _ = try await service.process.wait()
                    try await eventually("the end of the child", within: .seconds(60)) {
                        !TestProcess.isAlive(child)
                    }
                    // Told to stop, the job gives the message back.
                    drain.signal(SIGTERM)
                    _ = try await drain.wait()
                }
            }
            #expect(try await pipeline.messages(in: pipeline.queue) == 1)
            try await expectNoRows(pipeline)

            try await pipeline.withService(lease) { service in
                // The dead service's lease runs out first; the message may back off in between.
                try await eventually("the rows", within: .seconds(300)) {
                    _ = try await pipeline.drain(endpoint: service.endpoint)
                    return try await pipeline.number("SELECT count(*) FROM apps_db_video WHERE status = 'COMPLETED'")
                        == 1
                }
                try await eventually("the end of the message", within: .seconds(120)) {
                    try await pipeline.messages(in: pipeline.queue) == 0
                }
            }
            let analyses = try await pipeline.query("SELECT status, attempt, events FROM apps_db_videoanalysis")
            #expect(analyses.count == 1)
            #expect(try analyses[0].int("attempt") == 2)
            let events = try await pipeline.number("SELECT count(*) FROM apps_db_event")
            #expect(try analyses[0].int("events") == events)
            let twice =
                "SELECT count(*) FROM (SELECT 1 FROM frame_embeddings GROUP BY frame_number HAVING count(*) > 1) t"
            #expect(try await pipeline.number(twice) == 0)
            #expect(try await pipeline.messages(in: pipeline.deadLetters) == 0)
        }
    }

    @Test func aWrongDatabasePasswordKeepsTheMessageUntouched() async throws {
        try await Pipeline.with(secret: { $0["password"] = "wrong" }) { pipeline in
            try await pipeline.s3.put(bucket: pipeline.bucket, key: "videos/a.mp4", body: [1])
            try await pipeline.withService(ready: false) { service in
                #expect(try await pipeline.status("\(service.endpoint)/health") == 200)
                #expect(try await pipeline.status("\(service.endpoint)/ready") == 503)
                let result = try await pipeline.drain(endpoint: service.endpoint, ["SERVICE_PATIENCE_SECONDS": "1"])
                #expect(result.ending == .exited(69), "\(result.standardError)")
                #expect(result.standardError.contains("database_unavailable"))
            }
            // The upload's event and the queue's own s3:TestEvent.
            #expect(try await pipeline.attributes(of: pipeline.queue).approximateMessages == 2)
        }
    }

    @Test func aWrongInternalTokenIsAnErrorOfConfiguration() async throws {
        try await Pipeline.with { pipeline in
            try await pipeline.s3.put(bucket: pipeline.bucket, key: "videos/a.mp4", body: [1])
            try await pipeline.withService(["INTERNAL_TOKEN": "the right one"]) { service in
                let result = try await pipeline.drain(
                    endpoint: service.endpoint, ["INTERNAL_TOKEN": "another", "MAX_CONCURRENT_MESSAGES": "1"])
                #expect(result.ending == .exited(78), "\(result.standardError)")
                #expect(!result.standardError.contains("the right one"))
            }
            #expect(try await pipeline.messages(in: pipeline.queue) >= 1)
            #expect(try await pipeline.number("SELECT count(*) FROM apps_db_video") == 0)
        }
    }

    @Test func withoutAServiceTheMessagesStayAndTheExitCodeIs69() async throws {
        try await Pipeline.with { pipeline in
            try await pipeline.s3.put(bucket: pipeline.bucket, key: "videos/a.mp4", body: [1])
            // Port 1 is nobody's.
            let result = try await pipeline.drain(
                endpoint: "http://127.0.0.1:1", ["SERVICE_PATIENCE_SECONDS": "1"])
            #expect(result.ending == .exited(69), "\(result.standardError)")
            #expect(try await pipeline.attributes(of: pipeline.queue).approximateMessages == 2)
        }
    }

    @Test func withoutAQueueTheExitCodeIs69() async throws {
        try await Pipeline.with { pipeline in
            let result = try await pipeline.drain(
                endpoint: "http://127.0.0.1:1",
                [
                    "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "SQS_QUEUE_URL": "http://127.0.0.1:1/1/queue",
                    "AWS_MAX_ATTEMPTS": "1",
                ])
            #expect(result.ending == .exited(69), "\(result.standardError)")
        }
    }

    @Test(arguments: ["SQS_QUEUE_URL", "S3_BUCKET_RAW", "FASTAPI_ENDPOINT"])
    func aSettingThatIsMissingIsNamed(variable: String) async throws {
        try await Pipeline.with { pipeline in
            let result = try await pipeline.drain(endpoint: "http://127.0.0.1:1", [variable: ""])
            #expect(result.ending == .exited(78), "\(result.standardError)")
            #expect(result.standardError.contains(variable))
        }
    }

    private func expectNoRows(_ pipeline: Pipeline) async throws {
        for table in Pipeline.tables {
            #expect(try await pipeline.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
    }
}
