import Foundation
import TestSupport
import Testing

@testable import AnalysisService
@testable import VideoAnalysis

@Suite struct SpoolWriterTests {
    private static let box = BoundingBox(x1: 1, y1: 2, x2: 3, y2: 4)

    @Test func extremeRowsArriveInTheDatabaseAsTheyWere() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            let spool = fixture.folder.appending(path: "spool")
            try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
            var writer = try SpoolWriter(folder: spool.path, videoID: claim.videoID, analysisID: claim.analysisID)
            try writer.event(
                EventRow(
                    frameNumber: 1 << 40, timestamp: 1e6 + 0.125, trackID: nil, classID: 1000,
                    className: "été \"x\" 사람", confidence: 1, bbox: Self.box, interpolated: true))
            try writer.depth(
                DepthRow(
                    frameNumber: 0, timestamp: 0, trackID: nil, bbox: nil, area: 4, averageDepth: 1, minimumDepth: 0.5,
                    maximumDepth: 2, depthVariance: 0, unit: .relative, estimator: "e", depthMap: [0, 255],
                    depthMapScale: 0.25))
            try writer.display(
                DisplayRow(
                    frameNumber: nil, timestamp: nil, kind: .timeline, originalWidth: 2, originalHeight: 2,
                    displayWidth: 1, displayHeight: 1, widthRatio: 0.5, heightRatio: 0.5, overlay: "{\"a\": [1]}",
                    image: nil, mediaType: nil))
            try writer.finish(summary: "{}")
            _ = try await fixture.publish(claim, folder: spool)

            #expect(try await fixture.rowCounts() == [1, 0, 1, 1, 0, 0])
            let event = try #require(
                try await fixture.pool.query("SELECT * FROM apps_db_event").rows.first)
            #expect(try event.int64("frame_number") == 1 << 40)
            #expect(try event.double("timestamp") == 1e6 + 0.125)
            #expect(try event.optionalInt64("track_id") == nil)
            #expect(try event.string("class_name") == "été \"x\" 사람")
            #expect(try event.floats("bbox") == [1, 2, 3, 4])
            #expect(try event.bool("interpolated"))
            let depth = try #require(try await fixture.pool.query("SELECT * FROM apps_db_depthdata").rows.first)
            #expect(try depth.bytes("depth_map") == [0, 255])
            #expect(try depth.optionalDouble("depth_map_scale") == 0.25)
            let display = try #require(
                try await fixture.pool.query("SELECT overlay->'a'->>0 AS a FROM apps_db_displaydata").rows.first)
            #expect(try display.string("a") == "1")
        }
    }

    @Test func memoryIsHandedOnBeforeTheEnd() async throws {
        try await TestPaths.withFolder { folder in
            var writer = try SpoolWriter(folder: folder.path, videoID: "v", analysisID: 1)
            let embedding = [Float](repeating: 0.5, count: 512)
            for number in 0..<2000 {
                try writer.frameEmbedding(
                    FrameEmbeddingRow(frameNumber: Int64(number), timestamp: 0, model: "m", embedding: embedding))
            }
            let path = folder.appending(path: SpoolTable.frameEmbeddings.fileName).path
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            // 4 MB of rows, of which only a buffer may be left.
            #expect(size > 3_700_000)
        }
    }

    @Test func spoolIsNeverWrittenOver() async throws {
        try await TestPaths.withFolder { folder in
            _ = try SpoolWriter(folder: folder.path, videoID: "v", analysisID: 1)
            #expect(throws: VideoAnalysisError.self) {
                _ = try SpoolWriter(folder: folder.path, videoID: "v", analysisID: 1)
            }
        }
    }

    @Test func fullDiskIsToldByItsName() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let error = #expect(throws: VideoAnalysisError.self) {
            try SpoolFile.write([1, 2, 3], to: full, path: "spool")
        }
        #expect(error?.code == .diskFull)
    }
}
