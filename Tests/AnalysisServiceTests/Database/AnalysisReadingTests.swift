import AnalysisAPI
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

struct AnalysisReadingTests {
    @Test(arguments: [1, 2, 3, 7, 1000])
    func pagesGiveEachRowOnceAndInOrder(limit: Int) async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 7))
            try await fixture.store.release(try await fixture.claimed(StoreFixture.source("videos/b c.mp4")))
            try await fixture.store.release(try await fixture.claimed(StoreFixture.source("videos/c.mp4")))
            let store = fixture.store
            let events = try await all(limit) { try await store.events(videoID: "test-001", .init(), $0) }
            #expect(events.map(\.frameNumber) == (0..<7).flatMap { [5 * $0, 5 * $0] })
            #expect(Set(events.map(\.id)).count == 14)
            let tracks = try await all(limit) { try await store.tracks(videoID: "test-001", $0) }
            #expect(tracks.map(\.trackID) == [1, 2])
            let depth = try await all(limit) { try await store.depth(videoID: "test-001", $0) }
            #expect(depth.count == 21)
            #expect(depth.filter(\.hasDepthMap).count == 7)
            let display = try await all(limit) { try await store.displayItems(videoID: "test-001", $0) }
            #expect(display.map(\.kind) == Array(repeating: "frame", count: 7) + ["timeline"])
            let videos = try await all(limit) { try await store.videos($0) }
            #expect(videos.map(\.videoID) == ["c", "b c", "test-001"])
            let analyses = try await all(limit) { try await store.analyses($0) }
            #expect(analyses.map(\.videoID) == ["c", "b c", "test-001"])
        }
    }

    @Test func eventsAreFiltered() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 10))
            let cases: [(EventFilter, Int)] = [
                (.init(), 20), (.init(className: "person"), 10), (.init(className: "dog"), 0), (.init(trackID: 1), 10),
                (.init(minimumConfidence: 0.6), 10), (.init(minimumConfidence: 0.75), 10),
                (.init(fromSeconds: 1), 10), (.init(toSeconds: 1), 10), (.init(fromSeconds: 0.4, toSeconds: 0.8), 4),
                (.init(className: "moving_object", trackID: 1), 0),
            ]
            for (filter, count) in cases {
                let page = try await fixture.store.events(videoID: "test-001", filter)
                #expect(page.rows.count == count, "\(filter)")
                #expect(page.next == nil)
            }
            let event = try #require(
                try await fixture.store.events(videoID: "test-001", .init(trackID: 1)).rows.first)
            #expect(event.className == "person")
            #expect(event.classID == 0)
            #expect(event.confidence == 0.75)
            #expect(event.bbox == [10, 20, 30.5, 60])
        }
    }

    @Test func analysesAreFilteredByStateAndVideo() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let failed = try await fixture.claimed(fingerprint: "f2")
            try await fixture.store.fail(failed, code: .analysisTimedOut, detail: "3600 s")
            _ = try await fixture.claimed(StoreFixture.source("videos/b.mp4"))
            let store = fixture.store
            #expect(try await store.analyses().rows.count == 3)
            #expect(try await store.analyses(state: .failed).rows.map(\.analysisID) == [failed.analysisID])
            #expect(try await store.analyses(videoID: "b").rows.map(\.state) == [.processing])
            #expect(try await store.analyses(state: .completed, videoID: "b").rows.isEmpty)
            #expect(
                try await store.analyses(errorCode: .analysisTimedOut).rows.map(\.analysisID) == [failed.analysisID])
            #expect(try await store.analyses(errorCode: .corruptVideo).rows.isEmpty)
        }
    }

    @Test func anExpiredLeaseIsTold() async throws {
        try await withStore { fixture in
            let live = try await fixture.claimed()
            let dead = try await fixture.claimed(StoreFixture.source("videos/b.mp4"), leaseSeconds: 0)
            let store = fixture.store
            #expect(try await store.analyses(lease: .live).rows.map(\.analysisID) == [live.analysisID])
            #expect(try await store.analyses(lease: .expired).rows.map(\.analysisID) == [dead.analysisID])
            #expect(try await fixture.record(dead).status.lease?.isExpired == true)
            #expect(try await fixture.record(live).status.lease?.isExpired == false)
            try await fixture.publish(live)
            #expect(try await fixture.record(live).status.lease == nil)
            #expect(try await store.analyses(lease: .live).rows.isEmpty)
        }
    }

    @Test func progressIsDatedWhenItGrows() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            let start = try #require(try await fixture.record(claim).progressedAt)
            try await fixture.store.renew(claim, leaseSeconds: 600, progress: 0)
            #expect(try await fixture.record(claim).progressedAt == start)
            try await fixture.pool.query("UPDATE apps_db_videoanalysis SET progressed_at = '2020-01-01T00:00:00Z'")
            try await fixture.store.renew(claim, leaseSeconds: 600, progress: 7)
            #expect(try await fixture.record(claim).progressedAt != "2020-01-01T00:00:00.000Z")
        }
    }

    @Test func videosAreFilteredByStatusAndSource() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.store.release(try await fixture.claimed(StoreFixture.source("videos/b.mp4")))
            _ = try await fixture.store.noteRemoval(
                bucket: "raw", key: "videos/b.mp4", sequencer: nil, deletesRows: false)
            let store = fixture.store
            #expect(try await store.videos(status: .completed).rows.map(\.videoID) == ["test-001"])
            #expect(try await store.videos(status: .failed).rows.isEmpty)
            #expect(try await store.videos(sourceDeleted: true).rows.map(\.videoID) == ["b"])
            #expect(try await store.videos(sourceDeleted: false).rows.map(\.videoID) == ["test-001"])
        }
    }

    @Test func aListGoesOnWhenThePagesLastVideoWasDeleted() async throws {
        try await withStore { fixture in
            let store = fixture.store
            for name in ["a", "b", "c", "d"] { _ = try await fixture.claimed(StoreFixture.source("videos/\(name)")) }
            let all = try await store.videos().rows.map(\.videoID)
            #expect(Set(all) == ["a", "b", "c", "d"])
            let page = try await store.videos(.init(limit: 2))
            #expect(try await store.delete(videoID: all[1]))
            let rest = try await store.videos(.init(limit: 2, after: page.next))
            #expect(rest.rows.map(\.videoID) == Array(all[2...]))
            #expect(rest.next == nil)
        }
    }

    @Test(arguments: ["-1", "253402300800000000", "9223372036854775807", "x"])
    func aCursorBeyondAllTimesIsRefused(microseconds: String) async throws {
        try await withStore { fixture in
            let error = try await storeError {
                _ = try await fixture.store.videos(.init(after: PageCursor("videos", [microseconds, "v"]).text))
            }
            #expect(error == .badCursor)
        }
    }

    @Test func imagesAreThoseOfTheirVideo() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let store = fixture.store
            let items = try await store.displayItems(videoID: "test-001").rows
            let frame = try #require(items.last { $0.kind == "frame" })
            #expect(frame.mediaType == "image/jpeg")
            #expect(frame.overlay == #"{"boxes": []}"#)
            let image = try await store.displayImage(videoID: "test-001", id: frame.id)
            #expect(image == StoredImage(bytes: [0xFF, 0xD8, 2], mediaType: "image/jpeg"))
            #expect(try await store.displayImage(videoID: "other", id: frame.id) == nil)
            let timeline = try #require(items.first { $0.kind == "timeline" })
            #expect(try await store.displayImage(videoID: "test-001", id: timeline.id) == nil)
            let depth = try #require(try await store.depth(videoID: "test-001").rows.first { $0.hasDepthMap })
            #expect(try await store.depthMap(videoID: "test-001", id: depth.id)?.mediaType == "image/png")
        }
    }

    @Test func unknownVideoHasNoRows() async throws {
        try await withStore { fixture in
            let store = fixture.store
            let video = try await store.video(id: "nothing")
            #expect(video == nil)
            #expect(try await store.analysis(id: 1) == nil)
            #expect(try await store.latestAnalysis(videoID: "nothing") == nil)
            #expect(try await store.events(videoID: "nothing").rows.isEmpty)
        }
    }

    @Test(arguments: ["?", "AAAA", "", "ZXZlbnRzCng", "//8=", "dHJhY2tzCjE"])
    func foreignCursorIsRefused(cursor: String) async throws {
        try await withStore { fixture in
            let error = try await storeError {
                _ = try await fixture.store.events(videoID: "v", .init(), PageRequest(after: cursor))
            }
            #expect(error == .badCursor)
        }
    }

    @Test(arguments: [(-3, 1), (0, 1), (1, 1), (1000, 1000), (5000, 1000)])
    func limitIsKeptWithinItsBounds(asked: Int, used: Int) {
        #expect(PageRequest(limit: asked).limit == used)
    }

    /// Follows the pages to the end of the list.
    private func all<Row>(_ limit: Int, _ page: (PageRequest) async throws -> StoredPage<Row>) async throws -> [Row] {
        var rows: [Row] = []
        var after: String?
        repeat {
            let page = try await page(PageRequest(limit: limit, after: after))
            #expect(page.rows.count <= limit)
            rows += page.rows
            after = page.next
        } while after != nil
        return rows
    }
}
