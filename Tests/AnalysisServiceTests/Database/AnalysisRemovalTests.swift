import AnalysisAPI
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

/// Videos that are deleted, and objects that are removed from their bucket.
struct AnalysisRemovalTests {
    private static let key = "videos/test-001.mp4"

    private func remove(
        _ fixture: StoreFixture, _ sequencer: String?, deletesRows: Bool = false
    ) async throws -> RemovalResponse.Outcome {
        try await fixture.store.noteRemoval(
            bucket: "raw", key: Self.key, sequencer: sequencer, deletesRows: deletesRows
        ).outcome
    }

    private func isMarked(_ fixture: StoreFixture) async throws -> Bool? {
        try await fixture.store.video(id: "test-001").map { $0.sourceDeletedAt != nil }
    }

    @Test func aDeletedVideoLeavesNothingAndCanBeAnalysedAgain() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/b.mp4")))
            #expect(try await fixture.store.delete(videoID: "test-001"))
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            let video = try await fixture.store.video(id: "test-001")
            #expect(video == nil)
            #expect(try await fixture.store.analyses(videoID: "test-001").rows.isEmpty)
            #expect(try await fixture.rowCounts("b") == SpoolSample().counts)
            #expect(try await fixture.store.delete(videoID: "test-001") == false)
            try await fixture.publish(try await fixture.claimed())
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
        }
    }

    @Test func aDeletionFencesOutTheRunInProgress() async throws {
        try await withStore { fixture in
            let late = try await fixture.claimed()
            #expect(try await fixture.store.delete(videoID: "test-001"))
            let renewal = try await storeError { try await fixture.store.renew(late, leaseSeconds: 60, progress: 5) }
            #expect(renewal == .fenced)
            // The object may have been claimed again meanwhile.
            let next = try await fixture.claimed()
            let commit = try await storeError { try await fixture.publish(late) }
            #expect(commit == .fenced)
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            try await fixture.publish(next)
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
        }
    }

    @Test func aRemovalMarksTheVideoAndANewerUploadTakesTheMarkAway() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: "0A")))
            #expect(try await isMarked(fixture) == false)
            #expect(try await remove(fixture, "0C") == .marked)
            #expect(try await isMarked(fixture) == true)
            #expect(try await remove(fixture, "0C") == .marked)
            #expect(try await fixture.rowCounts() == SpoolSample().counts)

            // The upload's event once more, and an even older one.
            for old in ["0A", "01"] {
                guard case .superseded = try await fixture.claim(StoreFixture.source(sequencer: old)) else {
                    Issue.record("the upload \(old) was taken")
                    continue
                }
            }
            #expect(try await isMarked(fixture) == true)

            // The same content again: nothing to analyse, but the object is back.
            guard case .finished = try await fixture.claim(StoreFixture.source(sequencer: "0E")) else {
                throw Unexpected(description: "analysed again")
            }
            #expect(try await isMarked(fixture) == false)
        }
    }

    @Test func anOlderRemovalDoesNotTouchANewerUpload() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: "0055AED6DCD90281E5")))
            // Compared after padding with zeros on the right, letters of either case.
            for older in ["0055AED6DCD90281", "0055aed6dcd90281e4", "00"] {
                #expect(try await remove(fixture, older) == .superseded)
                #expect(try await remove(fixture, older, deletesRows: true) == .superseded)
            }
            #expect(try await isMarked(fixture) == false)
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await remove(fixture, "0055aed6dcd90281e6") == .marked)
        }
    }

    @Test func rowsGoWithTheSourceAndALateEventDoesNotBringThemBack() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: "0A")))
            #expect(try await remove(fixture, "0B", deletesRows: true) == .deleted)
            let video = try await fixture.store.video(id: "test-001")
            #expect(video == nil)
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            #expect(try await remove(fixture, "0B", deletesRows: true) == .unknown)
            guard case .superseded = try await fixture.claim(StoreFixture.source(sequencer: "0A")) else {
                throw Unexpected(description: "the removed upload was taken")
            }
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: "0C")))
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
        }
    }

    @Test func aRemovalThatComesBeforeItsUploadIsRemembered() async throws {
        try await withStore { fixture in
            #expect(try await remove(fixture, "0B") == .unknown)
            // Of removals the newest counts, whichever comes last.
            #expect(try await remove(fixture, "0A") == .unknown)
            guard case .superseded = try await fixture.claim(StoreFixture.source(sequencer: "0AFF")) else {
                throw Unexpected(description: "the removed upload was taken")
            }
            // Whoever asks without an event has seen the object.
            _ = try await fixture.claimed()
        }
    }

    @Test func theRunInProgressOfARemovedObjectIsEndedOrStaysMarked() async throws {
        try await withStore { fixture in
            let first = try await fixture.claimed(StoreFixture.source(sequencer: "0A"))
            #expect(try await remove(fixture, "0B") == .marked)
            try await fixture.publish(first)
            #expect(try await isMarked(fixture) == true)

            let second = try await fixture.claimed(StoreFixture.source(etag: "e2", sequencer: "0C"))
            #expect(try await remove(fixture, "0D", deletesRows: true) == .deleted)
            #expect(try await storeError { try await fixture.publish(second) } == .fenced)
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
        }
    }

    @Test func anObjectThatIsThereTakesTheMarkAwayUnlessANewerRemovalIsKnown() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(sequencer: "0A")))
            #expect(try await remove(fixture, "0C") == .marked)
            let old = try await fixture.store.notePresence(bucket: "raw", key: Self.key, sequencer: "0B")
            #expect(old == RemovalResponse(outcome: .present, videoID: "test-001"))
            #expect(try await isMarked(fixture) == true)
            // The delete marker itself was deleted.
            _ = try await fixture.store.notePresence(bucket: "raw", key: Self.key, sequencer: "0D")
            #expect(try await isMarked(fixture) == false)
            guard case .finished = try await fixture.claim(StoreFixture.source(sequencer: "0A")) else {
                throw Unexpected(description: "the restored object's own event is refused")
            }
        }
    }

    @Test func anOlderVersionThatIsAskedForKeepsTheMark() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source(version: "v1", sequencer: "0A")))
            #expect(try await remove(fixture, "0B") == .marked)
            let version = SourceObject(
                bucket: "raw", key: Self.key, versionID: "v1", etag: "etag-1", size: 1000, isCurrent: false)
            _ = try await fixture.claimed(version, force: true)
            #expect(try await isMarked(fixture) == true)
        }
    }

    @Test func theInventoryTellsTheStateOfEachContent() async throws {
        try await withStore { fixture in
            func source(_ name: String, _ etag: String = "e") -> SourceObject {
                StoreFixture.source("videos/\(name)", etag: etag)
            }
            try await fixture.publish(try await fixture.claimed(source("done")))
            try await fixture.publish(try await fixture.claimed(source("overwritten", "old")))
            try await fixture.publish(try await fixture.claimed(source("reverted", "a")))
            try await fixture.publish(try await fixture.claimed(source("reverted", "b")))
            try await fixture.publish(try await fixture.claimed(source("again")))
            _ = try await fixture.claimed(source("again"), force: true)
            _ = try await fixture.claimed(source("running"))
            _ = try await fixture.claimed(source("dead"), leaseSeconds: 0)
            try await fixture.store.release(try await fixture.claimed(source("released")))
            try await fixture.store.fail(
                try await fixture.claimed(source("broken")), code: .corruptVideo, detail: "no frame")
            let expected: [(String, String, InventoryResponse.State)] = [
                ("done", "e", .completed), ("overwritten", "new", .missing), ("reverted", "a", .missing),
                ("reverted", "b", .completed), ("again", "e", .completed), ("running", "e", .processing),
                ("dead", "e", .expired), ("released", "e", .pending), ("broken", "e", .failed),
                ("never \"seen\" é", "e", .missing),
            ]
            let entries = try await fixture.store.inventory(
                bucket: "raw", expected.map { .init(key: "videos/\($0.0)", etag: $0.1, size: 1) })
            #expect(entries.map(\.key) == expected.map { "videos/\($0.0)" })
            #expect(entries.map(\.state) == expected.map(\.2))
            #expect(entries[8].problem == Problem(code: .corruptVideo, detail: "no frame"))
            #expect(entries[8].attempt == 1)
            #expect(entries[9].videoID == nil)
            let elsewhere = try await fixture.store.inventory(
                bucket: "other", [.init(key: "videos/done", etag: "e", size: 1)])
            try await fixture.store.fail(
                try await fixture.claimed(source("overwritten", "new")), code: .corruptVideo, detail: "no frame")
            let newest = try await fixture.store.inventory(
                bucket: "raw", [.init(key: "videos/overwritten", etag: nil, size: nil)])
            #expect(newest.map(\.state) == [.failed])
            // Its id is the other bucket's object's.
            #expect(elsewhere.map(\.state) == [.refused])
        }
    }
}
