import AnalysisAPI
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

struct AnalysisClaimTests {
    @Test func newObjectIsClaimed() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            #expect(claim.videoID == "test-001")
            #expect(claim.attempt == 1)
            #expect(claim.owner == "a")
            let record = try await fixture.record(claim)
            #expect(record.state == .processing)
            #expect(record.progress == 0)
            #expect(record.etag == "etag-1")
            let video = try #require(try await fixture.store.video(id: "test-001"))
            #expect(video.status == "PROCESSING")
            #expect(video.title == "test-001")
            #expect(video.bucket == "raw")
            #expect(video.key == "videos/test-001.mp4")
        }
    }

    @Test func repeatAttachesToTheRunInProgressAlsoWithForce() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            for force in [false, true] {
                guard case .inProgress(let record) = try await fixture.claim(force: force, owner: "b") else {
                    Issue.record("not in progress")
                    return
                }
                #expect(record.analysisID == claim.analysisID)
                #expect(record.attempt == 1)
            }
        }
    }

    @Test func callerWithoutASlotClaimsNothingButLearnsOfARun() async throws {
        try await withStore { fixture in
            guard case .unclaimed = try await fixture.claim(hasSlot: false) else {
                Issue.record("claimed without a slot")
                return
            }
            let claim = try await fixture.claimed()
            #expect(claim.attempt == 1)
            guard case .inProgress = try await fixture.claim(hasSlot: false) else {
                Issue.record("not in progress")
                return
            }
            try await fixture.publish(claim)
            guard case .finished = try await fixture.claim(hasSlot: false) else {
                Issue.record("not finished")
                return
            }
        }
    }

    @Test func finishedObjectIsAnalysedOnceUnlessForced() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            try await fixture.publish(claim)
            guard case .finished(let record) = try await fixture.claim(owner: "b") else {
                Issue.record("not finished")
                return
            }
            #expect(record.analysisID == claim.analysisID)
            #expect(record.counts?.events == 6)
            let again = try await fixture.claimed(force: true, owner: "b")
            #expect(again.analysisID != claim.analysisID)
            #expect(again.videoID == "test-001")
        }
    }

    @Test(arguments: [
        ("f2", StoreFixture.source()), ("f1", StoreFixture.source(etag: "etag-2")),
        ("f1", StoreFixture.source(version: "v2")),
    ])
    func anotherFingerprintOrObjectIsAnalysed(fingerprint: String, source: SourceObject) async throws {
        try await withStore { fixture in
            let first = try await fixture.claimed()
            try await fixture.publish(first)
            let second = try await fixture.claimed(source, fingerprint: fingerprint)
            #expect(second.analysisID != first.analysisID)
            #expect(second.videoID == first.videoID)
        }
    }

    @Test func olderContentThatReturnsIsAnalysedAgain() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(etag: "etag-2")))
            let back = try await fixture.claimed()
            try await fixture.publish(back)
            #expect(try await fixture.store.video(id: "test-001")?.currentAnalysisID == back.analysisID)
        }
    }

    @Test(arguments: [true, false])
    func ofClaimersAtOnceOneGetsIt(isNewVideo: Bool) async throws {
        try await withStore { fixture in
            if !isNewVideo { try await fixture.publish(try await fixture.claimed(fingerprint: "f0")) }
            let outcomes = try await withThrowingTaskGroup(of: ClaimOutcome.self) { group in
                for owner in 0..<12 {
                    group.addTask { try await fixture.claim(owner: "\(owner)") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            var claimed = 0
            var ids: Set<Int64> = []
            for outcome in outcomes {
                switch outcome {
                case .claimed(let claim):
                    claimed += 1
                    ids.insert(claim.analysisID)
                case .inProgress(let record): ids.insert(record.analysisID)
                case .finished, .superseded, .unclaimed: Issue.record("\(outcome)")
                }
            }
            #expect(claimed == 1)
            #expect(ids.count == 1)
        }
    }

    @Test func endedLeaseIsTakenOverWithTheNextAttempt() async throws {
        try await withStore { fixture in
            let dead = try await fixture.claimed(owner: "dead", leaseSeconds: 0)
            let heir = try await fixture.claimed(owner: "heir")
            #expect(heir.analysisID == dead.analysisID)
            #expect(heir.attempt == 2)
            let error = try await storeError {
                try await fixture.store.renew(dead, leaseSeconds: 600, progress: 50)
            }
            #expect(error == .fenced)
            try await fixture.store.renew(heir, leaseSeconds: 600, progress: 50)
        }
    }

    @Test func releasedAnalysisIsPendingAndCanBeClaimedAtOnce() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            try await fixture.store.renew(claim, leaseSeconds: 600, progress: 40)
            try await fixture.store.release(claim)
            let record = try await fixture.record(claim)
            #expect(record.state == .pending)
            #expect(record.progress == 0)
            #expect(try await fixture.videoStatus() == "PENDING")
            let next = try await fixture.claimed(owner: "b")
            #expect(next.analysisID == claim.analysisID)
            #expect(next.attempt == 2)
        }
    }

    @Test func failedAnalysisTellsWhyAndIsRetriedUnderItsID() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            try await fixture.store.fail(claim, code: .corruptVideo, detail: "moov atom\0 not found")
            let record = try await fixture.record(claim)
            #expect(record.status.state == .failed)
            #expect(record.status.errorCode == .corruptVideo)
            #expect(record.status.errorDetail == "moov atom not found")
            #expect(try await fixture.videoStatus() == "FAILED")
            let retry = try await fixture.claimed()
            #expect(retry.analysisID == claim.analysisID)
            #expect(retry.attempt == 2)
            #expect(try await fixture.record(claim).errorCode == nil)
            #expect(try await fixture.videoStatus() == "PROCESSING")
        }
    }

    @Test func claimIsEndedAlsoByACancelledTask() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await fixture.store.release(claim)
            }
            try await task.value
            #expect(try await fixture.record(claim).state == .pending)
        }
    }

    @Test func endingAClaimThatIsNotHeldAnyMore() async throws {
        try await withStore { fixture in
            let old = try await fixture.claimed(leaseSeconds: 0)
            let new = try await fixture.claimed(owner: "b")
            let fenced = try await storeError {
                try await fixture.store.fail(old, code: .analysisCrashed, detail: "late")
            }
            #expect(fenced == .fenced)
            #expect(try await fixture.record(new).state == .processing)
            try await fixture.publish(new)
            try await fixture.store.fail(new, code: .analysisCrashed, detail: "after the commit")
            #expect(try await fixture.record(new).state == .completed)
        }
    }

    @Test func progressStaysBelowAHundredAndNeverFalls() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            for (told, stored) in [(-5, 0), (30, 30), (20, 30), (100, 99), (250, 99)] {
                try await fixture.store.renew(claim, leaseSeconds: 600, progress: told)
                #expect(try await fixture.record(claim).progress == stored)
            }
            try await fixture.publish(claim)
            try await fixture.store.renew(claim, leaseSeconds: 600, progress: 50)
            let record = try await fixture.record(claim)
            #expect(record.progress == 100)
            #expect(record.leaseExpiresAt == nil)
        }
    }

    /// Pairs of sequencers and whether the second one is older than the first.
    @Test(arguments: [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E4", true), ("0055AED6DCD90281E5", "0055AED6DCD90281E6", false),
        ("00B0", "00B", false), ("00B1", "00B", true), ("00b1", "00B0FF", true), ("00A9", "00b0", false),
    ])
    func olderSequencerIsSupersededUnlessForced(first: String, second: String, isOlder: Bool) async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: first)))
            let source = StoreFixture.source(etag: "etag-2", sequencer: second)
            if isOlder {
                guard case .superseded = try await fixture.claim(source) else {
                    Issue.record("not superseded")
                    return
                }
            }
            let claim = try await fixture.claimed(source, force: isOlder)
            try await fixture.publish(claim)
            #expect(try await fixture.store.video(id: "test-001")?.etag == "etag-2")
        }
    }

    @Test(
        arguments: [
            ("videos/test-001.mp4", nil, "test-001"), ("videos/a/b c.mp4", nil, "a/b c"),
            ("videos/x.mov", nil, "x.mov"),
            ("videos/x.MP4", nil, "x.MP4"), ("other/x.mp4", nil, "other/x"), ("videos/.mp4", nil, "videos/.mp4"),
            ("videos/x.mp4", "mine", "mine"), ("한국.mp4", nil, "한국"),
        ] as [(String, String?, String)])
    func newVideoIsNamedByTheCallerElseByItsKey(key: String, requested: String?, expected: String) async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed(StoreFixture.source(key, videoID: requested))
            #expect(claim.videoID == expected)
        }
    }

    @Test func storedIDWinsOverTheCallers() async throws {
        try await withStore { fixture in
            let first = try await fixture.claimed(StoreFixture.source(videoID: "first"))
            try await fixture.store.release(first)
            let second = try await fixture.claimed(StoreFixture.source(videoID: "second"))
            #expect(second.videoID == "first")
        }
    }

    @Test func idOfAnotherObjectIsRefusedAndThatOneKept() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let before = try await fixture.rowCounts()
            for source in [StoreFixture.source("test-001"), StoreFixture.source("videos/b.mp4", videoID: "test-001")] {
                let error = try await storeError { _ = try await fixture.claim(source, force: true) }
                #expect(
                    error == .videoIDTaken(videoID: "test-001", bucket: "raw", key: "videos/test-001.mp4"))
            }
            #expect(try await fixture.rowCounts() == before)
            #expect(try await fixture.store.video(id: "test-001")?.key == "videos/test-001.mp4")
        }
    }

    @Test(arguments: [("", 1), ("a\nb", 1), ("x", 1025)])
    func unusableIDIsRefused(text: String, times: Int) async throws {
        let id = String(repeating: text, count: times)
        try await withStore { fixture in
            let error = try await storeError { _ = try await fixture.claim(StoreFixture.source(videoID: id)) }
            guard case .invalidVideoID = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func unreachableDatabaseIsADatabaseError() async throws {
        let pool = PostgreSQLPool(size: 1, logger: .init(label: "test")) {
            PostgreSQLConfiguration(host: "127.0.0.1", port: 1, user: "me", database: "lake")
        }
        let error = try await storeError {
            _ = try await AnalysisStore(pool: pool).claim(
                StoreFixture.source(), fingerprint: "f", force: false, owner: "a", leaseSeconds: 1)
        }
        await pool.close()
        guard case .database(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.kind == .connection)
    }
}
