import AWS
import AnalysisAPI
import Foundation
import HTTP
import Logging
import TestSupport
import Testing

@testable import AnalysisService

/// Real database, real object store, real child processes.
@Suite struct AnalysisCoordinatorTests {
    private static let hang = "echo '{\"progress\":0.5}'; exec sleep 1000"

    @Test func videoEndsAsRowsAndIsAnalysedOnce() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            try await fixture.running(try fixture.settings()) { coordinator in
                let status = try await coordinator.accepted(fixture.request())
                #expect(status.state == .processing)
                #expect(status.attempt == 1)
                let response = try await coordinator.wait(for: status.analysisID)
                #expect(response.videoID == "test-001")
                #expect(response.framesDecoded == 30)
                #expect(response.framesAnalysed == 6)
                let counts = try await fixture.store.rowCounts()
                #expect(counts.allSatisfy { $0 > 0 }, "\(counts)")
                #expect(counts == SpoolTable.allCases.map { Int(response.counts[$0]) })
                #expect(try await fixture.store.videoStatus() == "COMPLETED")

                guard case .finished(let again) = try await coordinator.submit(fixture.request()) else {
                    Issue.record("analysed a second time")
                    return
                }
                #expect(again == response)
                #expect(try await coordinator.status(of: status.analysisID)?.progress == 100)
                #expect(try fixture.leftovers().filter { $0.contains("/") && !$0.hasSuffix("/lock") } == [])
            }
            #expect(try fixture.leftovers() == [])
        }
    }

    @Test func twoReplicasAnalyseTheSameObjectOnce() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            let settings = try fixture.settings()
            try await fixture.running(settings) { one in
                try await fixture.running(settings) { other in
                    async let first = one.accepted(fixture.request())
                    async let second = other.accepted(fixture.request())
                    let ids = [try await first.analysisID, try await second.analysisID]
                    #expect(ids[0] == ids[1])
                    async let answer = one.wait(for: ids[0])
                    async let otherAnswer = other.wait(for: ids[0])
                    #expect(try await answer == otherAnswer)
                    #expect(try await fixture.store.store.analysis(id: ids[0])?.attempt == 1)
                }
            }
        }
    }

    @Test func objectThatMayNotBeAnalysedIsRefusedWithoutAClaim() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put("videos/empty.mp4", "")
            try await fixture.put("videos/large.mp4", "12345678901")
            try await fixture.put()
            var settings = try await fixture.settings(script: Self.hang)
            settings.maximumVideoBytes = 10
            try await fixture.running(settings) { coordinator in
                var foreign = fixture.request()
                foreign.bucket = "another"
                var old = fixture.request("videos/empty.mp4")
                old.etag = "0123"
                let cases: [(AnalyzeRequest, ProblemCode)] = [
                    (foreign, .bucketNotAllowed), (fixture.request("videos/none.mp4"), .objectNotFound),
                    (fixture.request("videos/empty.mp4"), .notAVideo), (fixture.request("videos/large.mp4"), .tooLarge),
                    (old, .objectChanged),
                ]
                for (request, code) in cases {
                    let problem = try await problem { _ = try await coordinator.submit(request) }
                    #expect(problem?.code == code)
                }
                #expect(try await fixture.store.store.latestAnalysis(videoID: "empty") == nil)
            }
        }
    }

    @Test func etagMayBeQuotedAsS3DoesIt() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            let etag = try await fixture.s3.head(bucket: fixture.bucket, key: "videos/test-001.mp4").etag
            try await fixture.running(try await fixture.settings(script: Self.hang)) { coordinator in
                var request = fixture.request()
                request.etag = "\"\(etag)\""
                let status = try await coordinator.accepted(request)
                #expect(status.state == .processing)
            }
        }
    }

    @Test(arguments: [
        ("echo 'corrupt_video: Cut off.' >&2; exit 65", ProblemCode.corruptVideo, "Cut off."),
        ("kill -SEGV $$", .analysisCrashed, "signal 11"),
        ("echo garbage; exec sleep 1000", .analysisCrashed, "printed"),
        ("exec cat /dev/zero", .analysisCrashed, "printed a line of more than"),
        ("exit 0", .analysisCrashed, "without a summary"),
        ("exit 3", .analysisCrashed, "exit code 3"),
        ("echo 'terminate called: std::bad_alloc' >&2; kill -ABRT $$", .analysisCrashed, "memory limit of 4096 MiB"),
        ("echo 'work_folder_full: disk full' >&2; exit 74", .workFolderFull, "disk full"),
        (hang, .analysisTimedOut, "longer than"),
    ])
    func childThatFailsEndsItsAnalysisAlone(script: String, code: ProblemCode, sign: String) async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            var settings = try await fixture.settings(script: script)
            // Only the child that hangs reaches it.
            settings.analysisTimeoutSeconds = script == Self.hang ? 0.2 : 600
            try await fixture.running(settings) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let problem = try await problem { _ = try await coordinator.wait(for: id) }
                #expect(problem?.code == code)
                #expect(problem?.detail.contains(sign) == true, "\(problem?.detail ?? "")")
                let status = try await coordinator.status(of: id)
                #expect(status?.state == .failed)
                #expect(status?.errorCode == code)
                #expect(status?.errorDetail == problem?.detail)
                #expect(try await fixture.store.rowCounts() == [0, 0, 0, 0, 0, 0])
                // The service goes on, and the same object can be asked for again.
                #expect(try await coordinator.accepted(fixture.request()).attempt == 2)
            }
            #expect(try fixture.leftovers() == [])
        }
    }

    @Test func programThatIsNotThereFailsTheAnalysis() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            var settings = try fixture.settings()
            settings.executablePath = "/no/such/program"
            try await fixture.running(settings) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let problem = try await problem { _ = try await coordinator.wait(for: id) }
                #expect(problem?.code == .internalError)
            }
        }
    }

    @Test func textThatIsCalledVideoFails() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            try await fixture.running(try fixture.settings()) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let problem = try await problem { _ = try await coordinator.wait(for: id) }
                #expect(problem?.code == .notAVideo)
            }
        }
    }

    @Test func memoryLimitEndsTheChildAndIsNamed() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            var settings = try fixture.settings()
            settings.memoryLimitBytes = 200 << 20
            try await fixture.running(settings) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let problem = try await problem { _ = try await coordinator.wait(for: id) }
                #expect(problem?.code == .analysisCrashed)
                #expect(problem?.detail.contains("memory limit of 200 MiB") == true, "\(problem?.detail ?? "")")
            }
        }
    }

    @Test func fullDiskFailsTheAnalysisByItsName() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            var settings = try fixture.settings()
            settings.spoolFileLimitBytes = 1000
            try await fixture.running(settings) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let problem = try await problem { _ = try await coordinator.wait(for: id) }
                #expect(problem?.code == .workFolderFull)
                #expect(try await fixture.store.rowCounts() == [0, 0, 0, 0, 0, 0])
            }
        }
    }

    @Test func aDownloadThatTakesTooLongFailsTheAnalysis() async throws {
        try await CoordinatorFixture.with { fixture in
            // Tells of the object, and never sends it.
            let headers = ["ETag": "\"e\"", "Content-Length": "1000"] as HTTPHeaders
            try await ScriptedHTTPServer.with({ request in
                request.method == "HEAD" ? .response(200, headers: headers) : .hold()
            }) { server in
                let environment = try TestAWS.environment.merging(["AWS_ENDPOINT_URL": server.url]) { $1 }
                let aws = try AWSClient.standard(environment: environment, logger: Logger(label: "test.aws"))
                let silent = CoordinatorFixture(store: fixture.store, s3: S3Client(aws), bucket: fixture.bucket)
                var settings = try fixture.settings()
                settings.downloadTimeoutSeconds = 0.2
                try await silent.running(settings) { coordinator in
                    let id = try await coordinator.accepted(silent.request()).analysisID
                    let problem = try await problem { _ = try await coordinator.wait(for: id) }
                    #expect(problem?.code == .downloadTimedOut)
                    #expect(try await silent.store.store.analysis(id: id)?.errorCode == "download_timed_out")
                }
                #expect(try fixture.leftovers() == [])
                await aws.shutdown()
            }
        }
    }

    @Test func rowsThatCannotBeStoredInTimeFailTheAnalysis() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            var settings = try fixture.settings()
            settings.publishTimeoutSeconds = 0.5
            let limited = settings
            // Someone else holds the table.
            try await fixture.store.pool.withTransaction { connection in
                try await connection.execute("LOCK TABLE apps_db_event IN ACCESS EXCLUSIVE MODE")
                try await fixture.running(limited) { coordinator in
                    let id = try await coordinator.accepted(fixture.request()).analysisID
                    let problem = try await problem { _ = try await coordinator.wait(for: id) }
                    #expect(problem?.code == .publishTimedOut)
                    let record = try await fixture.store.store.analysis(id: id)
                    #expect(record?.errorCode == "publish_timed_out")
                    #expect(record?.progress == 95)
                }
            }
            #expect(try await fixture.store.rowCounts() == [0, 0, 0, 0, 0, 0])
            #expect(try fixture.leftovers() == [])
        }
    }

    @Test func requestBeyondTheCapacityIsRefusedAndLeavesNoClaim() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            try await fixture.put("videos/second.mp4")
            try await fixture.running(try await fixture.settings(script: Self.hang)) { coordinator in
                let first = try await coordinator.accepted(fixture.request())
                let problem = try await problem {
                    _ = try await coordinator.submit(fixture.request("videos/second.mp4"))
                }
                #expect(problem?.code == .atCapacity)
                #expect(problem?.retryAfterSeconds != nil)
                #expect(try await fixture.store.store.latestAnalysis(videoID: "second") == nil)
                // A repeat attaches all the same.
                #expect(try await coordinator.accepted(fixture.request()).analysisID == first.analysisID)
                #expect(await coordinator.inFlight == 1)
            }
        }
    }

    @Test func progressOfTheChildCanBeRead() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            try await fixture.running(try await fixture.settings(script: Self.hang)) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                try await eventually("half of the analysis") { try await coordinator.status(of: id)?.progress == 50 }
            }
        }
    }

    @Test func stopReleasesWhatDoesNotEndInTime() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            var settings = try await fixture.settings(script: "echo $$ > ../../../child; \(Self.hang)")
            settings.stopGraceSeconds = 0.1
            try await fixture.stopping(settings) { coordinator, group in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let child = fixture.workFolder + "/child"
                try await eventually("the child") { FileManager.default.contents(atPath: child)?.isEmpty == false }
                async let waiting = problem { _ = try await coordinator.wait(for: id) }
                await group.triggerGracefulShutdown()
                #expect(try await waiting?.code == .stopping)
                let record = try await fixture.store.store.analysis(id: id)
                #expect(record?.state == .pending)
                #expect(record?.leaseExpiresAt == nil)
                #expect(coordinator.isStopping)
                let refused = try await problem { _ = try await coordinator.submit(fixture.request()) }
                #expect(refused?.code == .stopping)
                let process = try #require(pid_t(try String(contentsOfFile: child, encoding: .utf8).dropLast()))
                try await eventually("the child's end") { kill(process, 0) != 0 }
            }
        }
    }

    @Test func stopWaitsForWhatEndsInTime() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.putVideo()
            var settings = try fixture.settings()
            settings.stopGraceSeconds = 600
            try await fixture.stopping(settings) { coordinator, group in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                await group.triggerGracefulShutdown()
                #expect(try await coordinator.wait(for: id).videoID == "test-001")
            }
        }
    }

    @Test func attemptThatLostItsLeaseWritesNothing() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            try await fixture.running(try await fixture.settings(script: Self.hang)) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                try await fixture.store.pool.query(
                    """
                    UPDATE apps_db_videoanalysis
                    SET attempt = attempt + 1, lease_owner = 'another', lease_expires_at = now() + interval '1 hour'
                    WHERE analysis_id = $1
                    """, [.integer(id)])
                try await eventually("the end of the child that lost") { await coordinator.inFlight == 0 }
                let record = try await fixture.store.store.analysis(id: id)
                #expect(record?.state == .processing)
                #expect(record?.leaseOwner == "another")
            }
            #expect(try fixture.leftovers() == [])
        }
    }

    @Test func analysisThatAnotherReplicaAbandonedIsGivenBackToTheWaiter() async throws {
        try await CoordinatorFixture.with { fixture in
            let claim = try await fixture.store.claimed(owner: "gone", leaseSeconds: 600)
            let coordinator = fixture.coordinator(try fixture.settings())
            async let waiting = problem { _ = try await coordinator.wait(for: claim.analysisID) }
            try await fixture.store.pool.query(
                "UPDATE apps_db_videoanalysis SET lease_expires_at = now() - interval '1 minute' WHERE analysis_id = $1",
                [.integer(claim.analysisID)])
            #expect(try await waiting == .givenBack)
        }
    }

    @Test func leaseIsRenewedWhileTheChildRuns() async throws {
        try await CoordinatorFixture.with { fixture in
            try await fixture.put()
            var settings = try await fixture.settings(script: Self.hang)
            settings.leaseSeconds = 5
            try await fixture.running(settings) { coordinator in
                let id = try await coordinator.accepted(fixture.request()).analysisID
                let first = try await fixture.store.store.analysis(id: id)?.leaseExpiresAt
                try await eventually("renewals beyond the one of the progress") {
                    let record = try await fixture.store.store.analysis(id: id)
                    return try await fixture.store.pool.query(
                        "SELECT lease_expires_at > started_at + interval '8 seconds' AS renewed "
                            + "FROM apps_db_videoanalysis WHERE analysis_id = $1", [.integer(id)]
                    ).rows.first?.bool("renewed") == true && record?.leaseExpiresAt != first
                }
            }
        }
    }
}
