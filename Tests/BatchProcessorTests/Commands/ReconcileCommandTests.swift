import AWS
import AnalysisAPI
import JSON
import Synchronization
import TestSupport
import Testing

@testable import BatchProcessor

/// The command over a bucket and a queue of the emulator; the service is a stand-in whose answers a test decides. With
/// the real service it runs in the end-to-end tests.
@Suite struct ReconcileCommandTests {
    private struct Bench {
        let bench: DrainBench
        let bucket: String
        let service: ScriptedHTTPServer

        func put(_ key: String, _ content: [UInt8] = [1]) async throws {
            try await S3Client(bench.aws.client).put(bucket: bucket, key: key, body: content)
        }

        /// Runs the command; objects count as old at once, and nobody waits for a worker.
        func run(_ arguments: String..., age: String = "0") async throws -> (TestProcess.Completion, JSONNode) {
            try await run(arguments, age: age)
        }

        func run(_ arguments: [String], age: String = "0") async throws -> (TestProcess.Completion, JSONNode) {
            let end = try await bench.run(
                ["reconcile", "--format", "json", "--min-age-minutes", age, "--worker-seconds", "0"] + arguments,
                service: service.url, adding: ["S3_BUCKET_RAW": bucket, "SERVICE_PATIENCE_SECONDS": "0"])
            let report = end.standardOutput.isEmpty ? JSON.null : try JSON(parsing: end.standardOutput)
            return (end, report.node)
        }

        /// The keys that messages in the queue ask for; the messages are deleted.
        func sentKeys() async throws -> [String] {
            var keys: [String] = []
            while true {
                let messages = try await bench.queue.receive(maximum: 10, waitSeconds: 1)
                if messages.isEmpty { return keys.sorted() }
                for message in messages {
                    for case .analyze(let request) in try Envelope(body: message.body).items {
                        #expect(request == AnalyzeRequest(bucket: bucket, key: request.key))
                        keys.append(request.key)
                    }
                    try await bench.queue.delete(receiptHandle: message.receiptHandle)
                }
            }
        }
    }

    private func withBench(
        states: [String: InventoryResponse.Entry] = [:], processing: [AnalysisStatus] = [],
        _ body: (Bench) async throws -> Void
    ) async throws {
        try await DrainBench.with { bench in
            let bucket = try await bench.aws.createBucket()
            try await ScriptedHTTPServer.with({ request in
                Self.answer(request, states, processing)
            }) { server in
                try await body(Bench(bench: bench, bucket: bucket, service: server))
            }
        }
    }

    /// Objects that are not named are missing.
    private static func answer(
        _ request: ScriptedHTTPServer.Request, _ states: [String: InventoryResponse.Entry],
        _ processing: [AnalysisStatus]
    ) -> ScriptedHTTPServer.Reply {
        if request.target.hasPrefix("/analyses?status=processing") {
            // One a page.
            let place = request.target.contains("after=") ? 1 : 0
            let page = JSON.array(processing.dropFirst(place).prefix(1).map(\.json))
            let hasMore = processing.count > place + 1
            let answer: JSON = ["analyses": page, "next": hasMore ? "abc" : .null]
            return .response(200, body: answer.serialized())
        }
        do {
            let asked = try InventoryRequest(json: try JSON(parsing: request.body))
            let entries = asked.objects.map { states[$0.key] ?? .init(key: $0.key, state: .missing) }
            return .response(200, body: InventoryResponse(entries: entries).json.serialized())
        } catch {
            return .response(400, body: "\(error)")
        }
    }

    private static func analysis(
        _ id: Int64, isExpired: Bool, progressedAt: String = "2026-01-01T00:00:00.000Z"
    ) -> AnalysisStatus {
        AnalysisStatus(
            analysisID: id, videoID: "v\(id)", state: .processing, progress: 40, attempt: 1,
            lease: .init(expiresAt: "2026-01-01T02:01:00.000Z", isExpired: isExpired, progressedAt: progressedAt),
            createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T02:00:00.000Z")
    }

    @Test func missedVideosGetAMessageEach() async throws {
        let states: [String: InventoryResponse.Entry] = [
            "videos/done.mp4": .init(key: "videos/done.mp4", state: .completed),
            "videos/runs.mp4": .init(key: "videos/runs.mp4", state: .processing),
            "videos/given back.mp4": .init(key: "videos/given back.mp4", state: .pending, analysisID: 5, attempt: 1),
            "videos/dead.mp4": .init(key: "videos/dead.mp4", state: .expired, analysisID: 7, attempt: 1),
        ]
        try await withBench(states: states, processing: [Self.analysis(7, isExpired: true)]) { bench in
            for key in states.keys { try await bench.put(key) }
            for index in 0..<12 { try await bench.put("videos/missed \(index)+é.mp4") }
            for other in ["videos/folder/", "other/a.mp4", "videos/notes.txt"] { try await bench.put(other) }

            let (dry, plan) = try await bench.run("--dry-run", "--extension", ".mp4")
            #expect(dry.ending == .exited(0), "\(dry.standardError)")
            #expect(try plan["to_send"].int() == 14)
            #expect(try plan["to_send_objects"].array().count == 14)
            #expect(try plan["sent"].int() == 0)
            #expect(try await bench.sentKeys().isEmpty)

            let (end, report) = try await bench.run("--extension", ".mp4", "--extension", ".mov")
            #expect(end.ending == .exited(0), "\(end.standardError)")
            let keys = (0..<12).map { "videos/missed \($0)+é.mp4" } + ["videos/given back.mp4", "videos/dead.mp4"]
            #expect(try await bench.sentKeys() == keys.sorted())
            #expect(try report["listed"].int() == 16)
            #expect(try report["completed"].int() == 1)
            #expect(try report["processing"].int() == 1)
            // The dead run's object got a message.
            #expect(try report["expired_leases"].array().isEmpty)
            #expect(try report["needs_person"].bool() == false)
            #expect(try report["queue"]["messages_waiting"].int() == 14)
        }
    }

    @Test func youngObjectsAndOtherPrefixesAreLeftAlone() async throws {
        try await withBench { bench in
            try await bench.put("videos/2026/a.mp4")
            try await bench.put("videos/2025/b.mp4")
            let (young, report) = try await bench.run(age: "15")
            #expect(young.ending == .exited(0), "\(young.standardError)")
            #expect(try report["young"].int() == 2)
            #expect(try await bench.sentKeys().isEmpty)
            let (end, _) = try await bench.run("--prefix", "videos/2026/")
            #expect(end.ending == .exited(0))
            #expect(try await bench.sentKeys() == ["videos/2026/a.mp4"])
        }
    }

    @Test func failedVideosAreReportedAndSentOnlyOnDemand() async throws {
        func failed(_ key: String, _ code: ProblemCode, attempt: Int) -> InventoryResponse.Entry {
            .init(
                key: key, state: .failed, videoID: "v", analysisID: 1, attempt: attempt,
                problem: Problem(code: code, detail: "why"))
        }
        let states = [
            "videos/broken.mp4": failed("videos/broken.mp4", .corruptVideo, attempt: 1),
            "videos/crashes.mp4": failed("videos/crashes.mp4", .analysisCrashed, attempt: 3),
            "videos/crashed.mp4": failed("videos/crashed.mp4", .analysisCrashed, attempt: 1),
            "videos/empty.mp4": InventoryResponse.Entry(
                key: "videos/empty.mp4", state: .refused, problem: Problem(code: .notAVideo, detail: "empty")),
        ]
        try await withBench(states: states) { bench in
            for key in states.keys { try await bench.put(key) }
            let (end, report) = try await bench.run()
            #expect(end.ending == .exited(1), "\(end.standardError)")
            #expect(try await bench.sentKeys() == ["videos/crashed.mp4"])
            let named = try report["failed_objects"].array().map { try $0["s3_key"].string() }
            #expect(named == ["videos/broken.mp4", "videos/crashes.mp4"])
            #expect(try report["refused"].int() == 1)
            let advice = try report["failed_objects"][0]["error"]["advice"].string()
            #expect(advice == ProblemCode.corruptVideo.advice)

            let (again, _) = try await bench.run("--failed")
            #expect(again.ending == .exited(1), "an empty object stays refused")
            #expect(
                try await bench.sentKeys() == ["videos/broken.mp4", "videos/crashed.mp4", "videos/crashes.mp4"])
        }
    }

    @Test func runsWithoutAProcessOrProgressAreReported() async throws {
        let dead = Self.analysis(7, isExpired: true)
        let still = Self.analysis(8, isExpired: false)
        try await withBench(processing: [dead, still]) { bench in
            let (end, report) = try await bench.run()
            #expect(end.ending == .exited(1), "\(end.standardError)")
            #expect(try report["expired_leases"].array().map { try $0["analysis_id"].int() } == [7])
            #expect(try report["stuck"].array().map { try $0["analysis_id"].int() } == [8])
            let (patient, _) = try await bench.run("--stuck-minutes", "121")
            #expect(patient.ending == .exited(1), "the dead one is left")
        }
        let busy = Self.analysis(9, isExpired: false, progressedAt: "2026-01-01T01:59:00.000Z")
        try await withBench(processing: [busy]) { bench in
            let (well, _) = try await bench.run()
            #expect(well.ending == .exited(0), "\(well.standardError)")
        }
    }

    @Test func aQueueThatWaitsWithoutAWorkerGetsNoMoreMessages() async throws {
        try await withBench { bench in
            try await bench.bench.queue.send(body: "another's")
            for name in ["a", "b"] { try await bench.put("videos/\(name).mp4") }
            let (end, report) = try await bench.run()
            #expect(end.ending == .exited(1), "\(end.standardError)")
            #expect(try report["queue"]["waits_without_worker"].bool())
            #expect(try report["queue"]["messages_waiting"].int() == 1)
            #expect(try report["unsent"].int() == 2)
            let (insisting, sent) = try await bench.run("--send-anyway")
            #expect(insisting.ending == .exited(1), "a worker is lacking still")
            #expect(try sent["sent"].int() == 2)
            #expect(try await bench.bench.counts(bench.bench.queue) == [3, 0])
        }
    }

    /// A message in flight stands for the worker.
    @Test func aRepeatedRunSendsNothingWhileTheQueueHoldsTheMessages() async throws {
        let states = ["videos/runs.mp4": InventoryResponse.Entry(key: "videos/runs.mp4", state: .processing)]
        try await withBench(states: states) { bench in
            let queue = bench.bench.queue
            try await queue.send(body: uploadBody("videos/runs.mp4"))
            _ = try await queue.receive(waitSeconds: 5, visibilityTimeoutSeconds: 600)
            for key in ["videos/runs.mp4", "videos/a.mp4", "videos/b.mp4", "videos/c.mp4"] { try await bench.put(key) }

            // The message in flight is of the video that runs: three want one, and the queue holds none of theirs.
            let (first, sent) = try await bench.run()
            #expect(first.ending == .exited(0), "\(first.standardError)")
            #expect(try sent["sent"].int() == 3)
            for arguments in [[], ["--dry-run"]] {
                let (again, report) = try await bench.run(arguments)
                #expect(again.ending == .exited(0), "\(again.standardError)")
                #expect(try report["waiting"].int() == 3)
                #expect(try report["waiting_objects"].array().count == 3)
                #expect(try report["sent"].int() == 0 && report["to_send"].int() == 0)
            }
            #expect(try await bench.bench.counts(queue) == [3, 1])

            // One more than the queue holds: something was missed, and it cannot be told which.
            try await bench.put("videos/d.mp4")
            #expect(try await bench.run().1["sent"].int() == 4)
            #expect(try await bench.run().1["waiting"].int() == 4)
            #expect(try await bench.bench.counts(queue) == [7, 1])
            #expect(try await bench.run("--send-anyway").1["sent"].int() == 4)
        }
    }

    @Test func anAnalysisThatMayHaveItsMessageNeedsNoPerson() async throws {
        let states = [
            "videos/dead.mp4": InventoryResponse.Entry(
                key: "videos/dead.mp4", state: .expired, analysisID: 7, attempt: 1)
        ]
        try await withBench(states: states, processing: [Self.analysis(7, isExpired: true)]) { bench in
            try await bench.put("videos/dead.mp4")
            try await bench.bench.queue.send(body: uploadBody("videos/dead.mp4"))
            _ = try await bench.bench.queue.receive(waitSeconds: 5, visibilityTimeoutSeconds: 600)
            let (end, report) = try await bench.run()
            #expect(end.ending == .exited(0), "\(end.standardError)")
            #expect(try report["waiting"].int() == 1)
            #expect(try report["expired_leases"].array().isEmpty)
        }
    }

    @Test func whatCannotBeReachedAndWhatIsSetWronglyHaveTheirCodes() async throws {
        try await withBench { bench in
            try await bench.put("videos/a.mp4")
            let variables = ["S3_BUCKET_RAW": bench.bucket, "SERVICE_PATIENCE_SECONDS": "0"]
            let unreachable = try await bench.bench.run(
                ["reconcile"], service: "http://127.0.0.1:9", adding: variables)
            #expect(unreachable.ending == .exited(69))
            let unset = try await bench.bench.run(
                ["reconcile"], service: bench.service.url, adding: ["S3_BUCKET_RAW": ""])
            #expect(unset.ending == .exited(78))
            let other = try await bench.bench.run(
                ["reconcile"], service: bench.service.url, adding: ["S3_BUCKET_RAW": TestAWS.uniqueName()])
            #expect(other.ending == .exited(78))
            let usage = try await bench.bench.run(["reconcile", "--min-age-minutes", "-1"], service: "http://x")
            #expect(usage.ending == .exited(64))
        }
    }

    @Test func peopleGetALineForEachFinding() async throws {
        let states = [
            "videos/broken.mp4": InventoryResponse.Entry(
                key: "videos/broken.mp4", state: .failed, attempt: 1,
                problem: Problem(code: .corruptVideo, detail: "no frame"))
        ]
        try await withBench(states: states, processing: [Self.analysis(7, isExpired: true)]) { bench in
            try await bench.put("videos/broken.mp4")
            try await bench.put("videos/missed.mp4")
            let end = try await bench.bench.run(
                ["reconcile", "--min-age-minutes", "0"], service: bench.service.url,
                adding: ["S3_BUCKET_RAW": bench.bucket])
            #expect(end.ending == .exited(1))
            #expect(
                end.standardOutput == """
                    sent     videos/missed.mp4
                    failed   videos/broken.mp4
                             corrupt_video: no frame
                             \(ProblemCode.corruptVideo.advice)
                    expired  analysis 7 of v7: its process is gone
                    2 videos in the bucket: 0 analysed, 0 under way, 0 just uploaded, 1 sent, 0 waiting, 0 not sent, 1 failed, 0 refused
                    queue: 1 waiting, 0 in work, 0 delayed

                    """)
            _ = try await bench.bench.queue.receive(waitSeconds: 5, visibilityTimeoutSeconds: 600)
            let again = try await bench.bench.run(
                ["reconcile", "--min-age-minutes", "0"], service: bench.service.url,
                adding: ["S3_BUCKET_RAW": bench.bucket])
            #expect(
                again.standardOutput.hasPrefix(
                    """
                    waiting  videos/missed.mp4
                             as many messages are in the queue and may be theirs; --send-anyway sends more
                    failed   videos/broken.mp4

                    """))
        }
    }
}
