import AnalysisAPI
import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

struct AnalysisPublishTests {
    @Test func allTablesAreFilledAndTheRunIsCompleted() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed(StoreFixture.source(version: "v1", sequencer: "00A1"))
            let counts = try await fixture.publish(claim)
            #expect(
                counts
                    == RowCounts(
                        events: 6, tracks: 2, depth: 9, display: 4, frameEmbeddings: 3, objectEmbeddings: 2))
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            let status = try await fixture.record(claim).status
            #expect(status.state == .completed)
            #expect(status.progress == 100)
            #expect(status.counts == counts)
            #expect(status.framesDecoded == 300)
            #expect(status.framesAnalysed == 60)
            let video = try #require(try await fixture.store.video(id: "test-001"))
            #expect(video.status == "COMPLETED")
            #expect(video.currentAnalysisID == claim.analysisID)
            #expect(video.versionID == "v1")
            #expect(video.sequencer == "00A1")
            #expect(video.duration == 12.5)
            #expect(video.width == 640)
            #expect(video.rotation == 270)
            #expect(video.hasAudio == true)
        }
    }

    @Test func newAnalysisReplacesTheRowsOfTheOlderAndOfNoOtherVideo() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/other.mp4")))
            try await fixture.publish(try await fixture.claimed())
            let second = try await fixture.claimed(fingerprint: "f2")
            try await fixture.publish(second, SpoolSample(frames: 5))
            #expect(try await fixture.rowCounts() == SpoolSample(frames: 5).counts)
            #expect(try await fixture.rowCounts("other") == SpoolSample().counts)
            let foreign = try await fixture.pool.query(
                "SELECT 1 FROM apps_db_event WHERE video_id = 'test-001' AND analysis_id <> $1",
                [.integer(second.analysisID)])
            #expect(foreign.rows.isEmpty)
        }
    }

    @Test func videoStaysReadableWhileItIsAnalysedAgainAndWhenThatFails() async throws {
        try await withStore { fixture in
            let first = try await fixture.claimed()
            try await fixture.publish(first)
            let second = try await fixture.claimed(fingerprint: "f2")
            #expect(try await fixture.videoStatus() == "COMPLETED")
            try await fixture.store.fail(second, code: .analysisCrashed, detail: "signal 11")
            #expect(try await fixture.videoStatus() == "COMPLETED")
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await fixture.store.video(id: "test-001")?.currentAnalysisID == first.analysisID)
            #expect(try await fixture.store.latestAnalysis(videoID: "test-001")?.state == .failed)
        }
    }

    @Test func lateCommitOfAnOlderAttemptIsFenced() async throws {
        try await withStore { fixture in
            let late = try await fixture.claimed(owner: "late", leaseSeconds: 0)
            let heir = try await fixture.claimed(owner: "heir")
            #expect(try await storeError { try await fixture.publish(late, SpoolSample(frames: 9)) } == .fenced)
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            try await fixture.publish(heir)
            #expect(try await storeError { try await fixture.publish(late, SpoolSample(frames: 9)) } == .fenced)
            #expect(try await storeError { try await fixture.publish(heir) } == .fenced)
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
        }
    }

    @Test func ofTwoAttemptsThatCommitAtOnceOneIsStored() async throws {
        try await withStore { fixture in
            let late = try await fixture.claimed(owner: "late", leaseSeconds: 0)
            let heir = try await fixture.claimed(owner: "heir")
            let stored = await withTaskGroup(of: Bool.self) { group in
                for claim in [late, heir] {
                    group.addTask {
                        do {
                            try await fixture.publish(claim, SpoolSample(frames: 200))
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(stored.filter { $0 }.count == 1)
            #expect(try await fixture.record(heir).state == .completed)
            #expect(try await fixture.rowCounts() == SpoolSample(frames: 200).counts)
        }
    }

    /// The objects' sequencers, and which one was claimed first.
    @Test(arguments: [("00A1", "00A2"), (nil, nil), (nil, "00A2"), ("00A1", nil)] as [(String?, String?)])
    func lateCommitOfAnOlderObjectIsKeptOut(older: String?, newer: String?) async throws {
        try await withStore { fixture in
            let late = try await fixture.claimed(StoreFixture.source(sequencer: older))
            let next = try await fixture.claimed(StoreFixture.source(etag: "etag-2", sequencer: newer), owner: "b")
            try await fixture.publish(next)
            let error = try await storeError { try await fixture.publish(late, SpoolSample(frames: 9)) }
            #expect(error == .superseded(videoID: "test-001"))
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await fixture.store.video(id: "test-001")?.etag == "etag-2")
            #expect(try await fixture.record(late).status.errorCode == .superseded)
        }
    }

    @Test func newerObjectIsStoredAfterAnOlderOneThatCommittedFirst() async throws {
        try await withStore { fixture in
            let older = try await fixture.claimed(StoreFixture.source(sequencer: "00A1"))
            let newer = try await fixture.claimed(StoreFixture.source(etag: "etag-2", sequencer: "00A2"))
            try await fixture.publish(older)
            try await fixture.publish(newer)
            #expect(try await fixture.store.video(id: "test-001")?.etag == "etag-2")
        }
    }

    @Test(arguments: SpoolTable.allCases)
    func missingFileStoresNothingAndKeepsTheOlderRows(table: SpoolTable) async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let claim = try await fixture.claimed(fingerprint: "f2")
            let spool = fixture.folder.appending(path: "partial")
            try SpoolSample(frames: 9).write(to: spool, claim)
            try FileManager.default.removeItem(at: spool.appending(path: table.fileName))
            let error = try await storeError { _ = try await fixture.publish(claim, folder: spool) }
            guard case .badSpool(table.rawValue, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await fixture.record(claim).state == .processing)
        }
    }

    @Test(arguments: [1.5, -0.1, .nan] as [Float])
    func valueThatTheSchemaRefusesNamesItsConstraint(confidence: Float) async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            let error = try await storeError { try await fixture.publish(claim, SpoolSample(confidence: confidence)) }
            guard case .badSpool("apps_db_event", let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("event_confidence_is_a_fraction"))
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
        }
    }

    @Test func spoolOfAnotherVideoIsRefused() async throws {
        try await withStore { fixture in
            let other = try await fixture.claimed(StoreFixture.source("videos/other.mp4"))
            let claim = try await fixture.claimed()
            let error = try await storeError { try await fixture.publish(claim, SpoolSample(rowsOf: other)) }
            guard case .badSpool = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            #expect(try await fixture.rowCounts("other") == [0, 0, 0, 0, 0, 0])
        }
    }

    @Test func readersSeeTheOlderRowsUntilTheCommitAndAKilledConnectionLeavesThem() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let claim = try await fixture.claimed(fingerprint: "f2")
            let spool = fixture.folder.appending(path: "halfway")
            let sample = SpoolSample(frames: 9)
            try sample.write(to: spool, claim)
            // The last table's file is a pipe: its COPY waits for rows while all the others are loaded.
            let file = spool.appending(path: SpoolTable.objectEmbeddings.fileName)
            try FileManager.default.removeItem(at: file)
            let bytes = sample.bytes(of: .objectEmbeddings, claim)
            let pipe = try WaitingFile(path: file.path)
            try pipe.write(Array(bytes.dropLast(2)))
            let publishing = Task { try await fixture.publish(claim, folder: spool) }
            let pid = try await eventually("the last COPY") {
                try await fixture.pool.query(
                    """
                    SELECT pid FROM pg_stat_progress_copy
                    WHERE datname = current_database() AND relid = 'object_embeddings'::regclass AND bytes_processed > 0
                    """
                ).rows.first?.int("pid")
            }
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await fixture.record(claim).state == .processing)
            try await fixture.pool.query("SELECT pg_terminate_backend($1)", [.integer(Int64(pid))])
            try await eventually("the session's end") {
                try await fixture.pool.query(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = $1", [.integer(Int64(pid))]
                ).rows.isEmpty
            }
            try pipe.write(Array(bytes.suffix(2)))
            try pipe.finish()
            let error = try await storeError { _ = try await publishing.value }
            guard case .database(let cause) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(cause.kind == .connection)
            #expect(try await fixture.rowCounts() == SpoolSample().counts)
            #expect(try await fixture.videoStatus() == "COMPLETED")
            try await fixture.publish(claim, sample)
            #expect(try await fixture.rowCounts() == sample.counts)
        }
    }

    @Test func deletedVideoFencesItsAnalysis() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            try await fixture.pool.query("DELETE FROM apps_db_video")
            #expect(try await storeError { try await fixture.publish(claim) } == .fenced)
        }
    }
}

/// A named pipe: its reader waits for what the test writes.
private final class WaitingFile {
    private let handle: FileHandle

    init(path: String) throws {
        guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.EIO) }
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func write(_ bytes: [UInt8]) throws { try handle.write(contentsOf: Data(bytes)) }

    func finish() throws { try handle.close() }
}
