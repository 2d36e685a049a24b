import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

/// What a search finds of the ten nearest, against the exact answer, over 20,000 vectors.
///
/// The vectors are made as those of videos are: each video has a scene, and its frames lie around that, most of them
/// close to their neighbours in time.
struct SearchRecallTests {
    private static let videos = 40
    private static let framesInAVideo = 500
    private static let dimensions = 512
    private static let model = "scenes-512"
    private static let nearest = 10

    /// Numbers with a normal distribution, the same in every run.
    private struct Noise {
        private var state: UInt64

        init(seed: Int) {
            state = 0x9E37_79B9_7F4A_7C15 &* UInt64(seed + 1)
        }

        /// The sum of four uniform numbers comes near enough.
        mutating func next() -> Float {
            var sum: Float = 0
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += Float(state >> 40) / Float(1 << 24) - 0.5
            }
            return sum * 1.7
        }

        mutating func vector(_ length: Float = 1) -> [Float] {
            let values = (0..<SearchRecallTests.dimensions).map { _ in next() }
            return SearchRecallTests.scaled(values, to: length)
        }
    }

    private static func scaled(_ values: [Float], to length: Float) -> [Float] {
        let own = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 * length / own }
    }

    /// A video's vectors: its scene and a shot of 50 frames each, then a walk with noise.
    private static func vectors(ofVideo video: Int) -> [[Float]] {
        var noise = Noise(seed: video)
        let scene = noise.vector()
        var shot: [Float] = []
        var walk: [Float] = []
        return (0..<framesInAVideo).map { frame in
            if frame % 50 == 0 {
                shot = noise.vector(0.7)
                walk = [Float](repeating: 0, count: dimensions)
            }
            let step = noise.vector(0.06)
            for index in walk.indices { walk[index] += step[index] }
            return scaled(scene.indices.map { scene[$0] + shot[$0] + walk[$0] }, to: 1)
        }
    }

    /// The walked ones are made to use the index, which the service itself uses for larger tables only.
    private static let filters: [(name: String, filter: SearchFilter, walks: Bool)] = [
        ("all", SearchFilter(), true),
        ("a time range", SearchFilter(fromSeconds: 40, toSeconds: 80), true),
        ("a class", SearchFilter(className: "person"), false),
        ("a video", SearchFilter(videoID: "video-7"), false),
        ("a class in a video", SearchFilter(videoID: "video-3", className: "person", toSeconds: 50), false),
    ]

    /// Stores the rows of one video without the indexes, as if all videos had been there before them.
    private static func store(
        _ video: Int, _ vectors: [[Float]], in fixture: StoreFixture
    ) async throws -> AnalysisClaim {
        let claim = try await fixture.claimed(StoreFixture.source("videos/video-\(video).mp4"))
        let sample = SpoolSample(frames: vectors.count, model: model, vector: { vectors[$0] })
        let folder = fixture.folder.appending(path: "\(video)")
        try sample.write(to: folder, claim)
        // People were seen in every other video.
        let tables: [SpoolTable] = video % 2 == 1 ? [.frameEmbeddings, .events] : [.frameEmbeddings]
        try await fixture.pool.withTransaction { connection in
            for table in tables {
                _ = try await connection.copy(
                    into: table.rawValue, columns: table.columns,
                    fromBinaryFile: folder.appending(path: table.fileName).path)
            }
        }
        return claim
    }

    @Test func aSearchFindsNearlyAllOfTheNearest() async throws {
        try await withStore { fixture in
            var queries: [[Float]] = []
            var claims: [AnalysisClaim] = []
            for video in 0..<Self.videos {
                let vectors = Self.vectors(ofVideo: video)
                claims.append(try await Self.store(video, vectors, in: fixture))
                guard video % 2 == 0 else { continue }
                // A frame as it would look in another recording of the scene.
                var noise = Noise(seed: 1000 + video)
                let frame = vectors[13 * video % vectors.count]
                queries.append(Self.scaled(zip(frame, noise.vector(0.25)).map { $0 + $1 }, to: 1))
            }
            await fixture.store.makeVectorIndexes(forAnalysis: try #require(claims.first).analysisID)
            let stored = try await fixture.pool.query("SELECT count(*) AS count FROM frame_embeddings").rows
            #expect(try stored.first?.int("count") == 20_000)
            try await fixture.pool.query("ANALYZE frame_embeddings, apps_db_event")

            let service = AnalysisStore(pool: fixture.pool)
            let walking = AnalysisStore(pool: fixture.pool, exactSearchLimit: 1000)
            let exact = AnalysisStore(pool: fixture.pool, exactSearchLimit: 1_000_000)
            for (name, filter, walks) in Self.filters {
                var found = 0
                for query in queries {
                    let search = EmbeddingSearch(
                        .frames, vectors: [query], model: Self.model, filter: filter, limit: Self.nearest)
                    let answer = try await exact.search(search)
                    let matches = try await (walks ? walking : service).search(search)
                    #expect(answer.count == Self.nearest && matches.count == Self.nearest, "\(name)")
                    found += Set(matches.map(\.id)).intersection(answer.map(\.id)).count
                }
                let recall = Double(found) / Double(queries.count * Self.nearest)
                #expect(recall >= 0.97, "\(name): recall@10 is \(recall)")
            }
        }
    }
}
