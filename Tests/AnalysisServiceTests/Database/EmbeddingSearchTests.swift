import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

/// The two ways a search is done: comparing all candidates, and walking the index, here even where the planner finds
/// that too costly.
private let waysOfSearching = [20_000, 0]
let walkTheIndex = "-c enable_sort=off -c enable_seqscan=off"

struct EmbeddingSearchTests {
    @Test(arguments: waysOfSearching)
    func nearestFramesComeFirstWithTheirDistance(exactSearchLimit: Int) async throws {
        try await withStore(exactSearchLimit: exactSearchLimit, serverOptions: walkTheIndex) { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 20))
            let stored = try #require(
                try await fixture.store.frameVector(videoID: "test-001", frameNumber: 50))
            #expect(stored.model == "colour-8")
            let matches = try await fixture.store.search(
                EmbeddingSearch(.frames, vectors: [stored.vector], model: stored.model, limit: 3))
            #expect(matches.map(\.frameNumber).first == 50)
            #expect(Set(matches.map(\.frameNumber)) == [45, 50, 55])
            #expect(matches[0].videoID == "test-001")
            #expect(matches[0].timestamp == 2)
            #expect(matches[0].distance < 1e-6)
            #expect(abs(matches[1].distance - 2 * sin(0.05)) < 1e-5)
        }
    }

    @Test(arguments: waysOfSearching)
    func filterLosesNoRows(exactSearchLimit: Int) async throws {
        try await withStore(exactSearchLimit: exactSearchLimit, serverOptions: walkTheIndex) { fixture in
            // 2000 frames near the vector in one video, three far from it in the other: a walk of the index finds the
            // former first, and may never reach the latter.
            let near = SpoolSample(frames: 2000) { frame in [1, Float(frame) * 1e-6, 0] }
            let far = SpoolSample(frames: 3) { frame in [-1, Float(frame) * 1e-3, 0] }
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/near.mp4")), near)
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/far.mp4")), far)
            var search = EmbeddingSearch(
                .frames, vectors: [[1, 0, 0]], model: "colour-8", filter: SearchFilter(videoID: "far"), limit: 10)
            #expect(try await fixture.store.search(search).map(\.frameNumber) == [0, 5, 10])
            search.filter.videoID = nil
            search.filter.fromSeconds = 399.5
            #expect(try await fixture.store.search(search).map(\.videoID) == ["near", "near"])
            search.filter.fromSeconds = nil
            search.filter.toSeconds = 0.1
            #expect(try await fixture.store.search(search).map(\.videoID) == ["near", "far"])
            search.filter.toSeconds = nil
            search.filter.className = "dog"
            #expect(try await fixture.store.search(search).isEmpty)
            search.filter.className = "person"
            search.filter.videoID = "far"
            #expect(try await fixture.store.search(search).count == 3)
        }
    }

    @Test(arguments: waysOfSearching)
    func severalViewsOfAPictureFindWhatIsNearestToAnyOfThem(exactSearchLimit: Int) async throws {
        try await withStore(exactSearchLimit: exactSearchLimit, serverOptions: walkTheIndex) { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 20))
            let views: [[Float]] = [[1, 0, 0], [cos(1.0), sin(1.0), 0]]
            let matches = try await fixture.store.search(
                EmbeddingSearch(.frames, vectors: views, model: "colour-8", limit: 3))
            #expect(Set(matches.prefix(2).map(\.frameNumber)) == [0, 50])
            #expect(matches.count == 3)
            #expect(matches.map(\.distance) == matches.map(\.distance).sorted())
            #expect(Set(matches.map(\.id)).count == 3)
        }
    }

    @Test(arguments: waysOfSearching)
    func objectsAreFoundWithTheirTrackAndBox(exactSearchLimit: Int) async throws {
        try await withStore(exactSearchLimit: exactSearchLimit, serverOptions: walkTheIndex) { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 4))
            try await fixture.publish(
                try await fixture.claimed(StoreFixture.source("videos/b.mp4")), SpoolSample(frames: 4))
            let stored = try #require(try await fixture.store.objectVector(videoID: "b", trackID: 2))
            var search = EmbeddingSearch(.objects, vectors: [stored.vector], model: stored.model, limit: 10)
            let matches = try await fixture.store.search(search)
            #expect(matches.map(\.videoID) == ["b", "test-001", "b", "test-001"])
            #expect(matches.map(\.object?.trackID) == [2, 2, 1, 1])
            #expect(matches[0].object?.bbox == [10, 20, 30.5, 60])
            #expect(matches[0].timestamp == 0.2)
            search.filter = SearchFilter(videoID: "test-001", className: "person", fromSeconds: 0.1, toSeconds: 0.3)
            #expect(try await fixture.store.search(search).map(\.object?.trackID) == [2, 1])
            for filter in [
                SearchFilter(className: "car"), SearchFilter(fromSeconds: 0.3), SearchFilter(toSeconds: 0.2),
            ] {
                search.filter = filter
                #expect(try await fixture.store.search(search).isEmpty)
            }
            #expect(try await fixture.store.objectVector(videoID: "b", trackID: 3) == nil)
        }
    }

    @Test func modelsOfOtherDimensionsGetIndexesOfTheirOwn() async throws {
        try await withStore(exactSearchLimit: 0, serverOptions: walkTheIndex) { fixture in
            for dimensions in [256, 768, 1280] {
                var sample = SpoolSample(frames: 4) { frame in
                    var vector = [Float](repeating: 0, count: dimensions)
                    vector[frame] = 1
                    return vector
                }
                sample.model = "model-\(dimensions)"
                let claim = try await fixture.claimed(StoreFixture.source("videos/\(dimensions).mp4"))
                try await fixture.publish(claim, sample)
                let definitions = try await fixture.pool.query(
                    "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE $1", ["%vector(\(dimensions))%"]
                ).rows
                #expect(definitions.count == 2)
                let matches = try await fixture.store.search(
                    EmbeddingSearch(.frames, vectors: [sample.vector(3)], model: sample.model, limit: 1))
                #expect(matches.map(\.frameNumber) == [15])
            }
        }
    }

    @Test(arguments: waysOfSearching)
    func vectorsOfAnotherModelAreNeverCompared(exactSearchLimit: Int) async throws {
        try await withStore(exactSearchLimit: exactSearchLimit, serverOptions: walkTheIndex) { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 4))
            var other = SpoolSample(frames: 4) { _ in [1, 0, 0] }
            other.model = "shape-8"
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/b.mp4")), other)
            let matches = try await fixture.store.search(
                EmbeddingSearch(.frames, vectors: [[1, 0, 0]], model: "colour-8", limit: 100))
            #expect(matches.count == 4)
            #expect(matches.allSatisfy { $0.videoID == "test-001" && $0.model == "colour-8" })
            #expect(try await fixture.store.models(of: .frames) == ["colour-8", "shape-8"])
        }
    }

    @Test func unknownModelAndOtherLengthAreTheirOwnErrors() async throws {
        try await withStore { fixture in
            let models = try await fixture.store.models(of: .frames)
            #expect(models == [])
            try await fixture.publish(try await fixture.claimed())
            let unknown = try await storeError {
                _ = try await fixture.store.search(EmbeddingSearch(.frames, vectors: [[1, 0, 0]], model: "none"))
            }
            #expect(unknown == .unknownModel("none"))
            let length = try await storeError {
                _ = try await fixture.store.search(EmbeddingSearch(.frames, vectors: [[1, 0]], model: "colour-8"))
            }
            #expect(length == .dimensionMismatch(model: "colour-8", expected: 3, found: 2))
            #expect(try await fixture.store.frameVector(videoID: "test-001", frameNumber: 1) == nil)
            #expect(try await fixture.store.nearestEmbeddedFrame(videoID: "test-001", to: 6) == 5)
            #expect(try await fixture.store.nearestEmbeddedFrame(videoID: "none", to: 6) == nil)
        }
    }

    @Test func indexIsMadeOncePerModelAndUsed() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            let indexes = """
                SELECT indexrelid::bigint AS id, pg_relation_filenode(indexrelid)::bigint AS file, indisvalid,
                    pg_get_indexdef(indexrelid) AS definition
                FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
                WHERE amname = 'hnsw' ORDER BY id
                """
            let first = try await fixture.pool.query(indexes).rows
            #expect(first.count == 2)
            #expect(try first.allSatisfy { try $0.bool("indisvalid") })
            let definition = try #require(try first.first?.string("definition"))
            #expect(definition.contains("(embedding)::vector(3)) vector_l2_ops"))
            #expect(definition.contains("WHERE (model = 'colour-8'::text)"))
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/b.mp4")))
            let second = try await fixture.pool.query(indexes).rows
            #expect(try second.map { try $0.int64("file") } == first.map { try $0.int64("file") })
            let plan = try await fixture.pool.withTransaction { connection in
                try await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                return try await connection.query(
                    """
                    EXPLAIN SELECT video_id FROM frame_embeddings WHERE model = $1
                    ORDER BY embedding::vector(3) <-> $2::vector LIMIT 5
                    """, ["colour-8", .vector([1, 0, 0])]
                ).rows.map { try $0.string("QUERY PLAN") }
            }
            #expect(plan.contains { $0.contains("frame_embeddings_hnsw_") }, "\(plan)")
        }
    }

    @Test func indexThatABrokenCreationLeftBehindIsMadeAgain() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.pool.query(
                """
                UPDATE pg_index SET indisvalid = false
                WHERE indexrelid IN (SELECT oid FROM pg_class WHERE relname LIKE 'frame_embeddings_hnsw_%')
                """)
            try await fixture.publish(try await fixture.claimed(fingerprint: "f2"))
            let invalid = try await fixture.pool.query("SELECT 1 FROM pg_index WHERE NOT indisvalid")
            #expect(invalid.rows.isEmpty)
        }
    }
}
