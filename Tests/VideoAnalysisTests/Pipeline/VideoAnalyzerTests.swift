import Foundation
import Synchronization
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct VideoAnalyzerTests {
    struct Result: Sendable {
        var rows: RecordedOutput
        var summary: AnalysisSummary
    }

    private func analyze(_ path: String, _ settings: AnalysisSettings = AnalysisSettings()) async throws -> Result {
        try await onThread {
            var output = RecordedOutput()
            let summary = try VideoAnalyzer(settings: settings).analyze(
                path: path, output: &output, isCancelled: { false })
            return Result(rows: output, summary: summary)
        }
    }

    @Test func peopleOnVideoFillEveryTable() async throws {
        let path = try await TestVideo.sample(seconds: 8)
        let result = try await analyze(path)
        let (rows, summary) = (result.rows, result.summary)

        #expect(summary.framesDecoded == 80)
        #expect(summary.framesAnalysed == 40)
        #expect(summary.firstTimestamp == 0)
        #expect(isClose(summary.lastTimestamp, 7.8, within: 0.001))
        #expect(isClose(summary.video.duration, 8, within: 0.01))
        #expect(summary.corruptPackets == 0)
        #expect(Set(summary.secondsByStage.keys) == ["decode", "detect", "track", "embed", "depth", "display"])

        #expect(rows.events.count >= 40)
        #expect(rows.events.allSatisfy { $0.frameNumber % 2 == 0 && (0...1).contains($0.confidence) })
        #expect(rows.events.map(\.frameNumber) == rows.events.map(\.frameNumber).sorted())
        #expect(rows.events.contains { $0.className == "person" })
        #expect(rows.tracks.count >= 2)
        #expect(Set(rows.tracks.map(\.trackID)) == Set(rows.events.compactMap(\.trackID)))
        #expect(rows.tracks.count == Set(rows.tracks.map(\.trackID)).count)
        #expect(rows.tracks.map(\.trackID).sorted() == (1...rows.tracks.count).map(Int32.init))
        #expect(summary.classes.values.reduce(0, +) == rows.tracks.count)
        for track in rows.tracks {
            let events = rows.events.filter { $0.trackID == track.trackID }
            #expect(events.first?.frameNumber == track.firstFrame)
            #expect(events.last?.frameNumber == track.lastFrame)
            #expect(events.count { !$0.interpolated } == Int(track.detections))
        }

        let frame = BoundingBox(x1: 0, y1: 0, x2: 768, y2: 576)
        #expect(rows.events.allSatisfy { $0.bbox.area > 0 && $0.bbox.intersection(with: frame) == $0.bbox })
        #expect(rows.objectEmbeddings.allSatisfy { $0.bbox.intersection(with: frame) == $0.bbox })

        #expect(!rows.depth.isEmpty)
        #expect(rows.depth.allSatisfy { $0.averageDepth > 0 && $0.depthVariance >= 0 })
        #expect(rows.frameEmbeddings.map(\.frameNumber) == [0, 10, 20, 30, 40, 50, 60, 70])
        #expect(rows.frameEmbeddings.allSatisfy { $0.embedding.count == 512 })
        #expect(Set(rows.objectEmbeddings.map(\.trackID)) == Set(rows.tracks.map(\.trackID)))
        #expect(rows.display.count { $0.kind == .frame } == 8)
        #expect(rows.display.suffix(4).map(\.kind) == [.heatmap, .trajectories, .timeline, .contactSheet])

        #expect(rows.fractions.last == 1)
        #expect(rows.fractions == rows.fractions.sorted())
        #expect(summary.counts.events == Int64(rows.events.count))
        #expect(summary.counts.tracks == Int64(rows.tracks.count))
        #expect(summary.counts.depth == Int64(rows.depth.count))
        #expect(summary.counts.display == Int64(rows.display.count))
        #expect(summary.counts.frameEmbeddings == Int64(rows.frameEmbeddings.count))
        #expect(summary.counts.objectEmbeddings == Int64(rows.objectEmbeddings.count))
    }

    @Test func theSameFileGivesTheSameRows() async throws {
        let path = try await TestVideo.sample(seconds: 4)
        let first = try await analyze(path)
        let second = try await analyze(path, AnalysisSettings(threads: 1))
        #expect(first.rows == second.rows)
        #expect(!first.rows.events.isEmpty)
    }

    @Test func peopleWhoNeverMoveAreFollowed() async throws {
        let still = try await Fixture.media(
            "still-people.mp4",
            ["-i", try await TestVideo.sample(seconds: 4), "-vf", "trim=end_frame=1,loop=loop=49:size=1"]
                + ["-r", "10"] + Fixture.h264)
        let tracks = try await analyze(still).rows.tracks
        #expect(tracks.count >= 2)
        #expect(tracks.allSatisfy { $0.className == "person" })
    }

    @Test func onlyTheWantedClassesAreKept() async throws {
        let path = try await TestVideo.sample(seconds: 4)
        let result = try await analyze(path, AnalysisSettings(classes: ["moving_object"]))
        #expect(result.rows.events.allSatisfy { $0.className == "moving_object" })
        #expect(result.rows.tracks.allSatisfy { $0.className == "moving_object" })
        #expect(result.summary.framesAnalysed == 20)
    }

    @Test(
        arguments: [(1.0, [0, 25]), (5, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]), (1000, Array(0..<50))]
            as [(Double, [Int])])
    func framesAreChosenByTime(rate: Double, expected: [Int]) async throws {
        let result = try await analyze(try await Fixture.plain(), AnalysisSettings(framesPerSecond: rate))
        #expect(result.summary.framesAnalysed == Int64(expected.count))
        #expect(isClose(result.summary.lastTimestamp, Double(expected.last ?? 0) / 25, within: 0.002))
        #expect(result.summary.framesDecoded == 50)
    }

    @Test(arguments: ["tiny.mkv", "one-frame.mp4"])
    func theSmallestVideosWork(name: String) async throws {
        let item = try #require(VideoDecoderTests.cases.first { $0.name == name })
        let result = try await analyze(try await Fixture.media(item.name, item.arguments))
        #expect(result.summary.framesDecoded == Int64(item.frames))
        #expect(result.rows.frameEmbeddings.count >= 1)
        #expect(result.rows.display.map(\.kind).suffix(4) == [.heatmap, .trajectories, .timeline, .contactSheet])
    }

    @Test func aRefusedFileEndsTheAnalysisWithItsCode() async throws {
        let path = try Fixture.file("refused.mp4", Array("no video".utf8))
        let error = await #expect(throws: VideoAnalysisError.self) { try await analyze(path) }
        #expect(error?.code == .notAVideo)
    }

    @Test func cancellingEndsTheAnalysis() async throws {
        let path = try await TestVideo.sample(seconds: 8)
        let error = await #expect(throws: VideoAnalysisError.self) {
            try await onThread {
                var output = CancellingOutput()
                let cancelled = output.isCancelled
                _ = try VideoAnalyzer(settings: AnalysisSettings()).analyze(
                    path: path, output: &output, isCancelled: { cancelled.value })
            }
        }
        #expect(error?.code == .cancelled)
    }

    @Test func anErrorOfTheOutputEndsTheAnalysis() async throws {
        let path = try await Fixture.plain()
        let error = await #expect(throws: VideoAnalysisError.self) {
            try await onThread {
                var output = FullDisk()
                _ = try VideoAnalyzer(settings: AnalysisSettings()).analyze(
                    path: path, output: &output, isCancelled: { false })
            }
        }
        #expect(error == VideoAnalysisError(.diskFull, "The disk is full."))
    }
}

private final class Flag: Sendable {
    private let flag = Mutex(false)

    var value: Bool { flag.withLock { $0 } }

    func set() { flag.withLock { $0 = true } }
}

/// Asks for the end of the analysis with the first embedding.
private struct CancellingOutput: AnalysisOutput {
    let isCancelled = Flag()

    mutating func started(_ video: VideoDescription) {}
    mutating func event(_ row: EventRow) {}
    mutating func track(_ row: TrackRow) {}
    mutating func depth(_ row: DepthRow) {}
    mutating func display(_ row: DisplayRow) {}
    mutating func frameEmbedding(_ row: FrameEmbeddingRow) { isCancelled.set() }
    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) {}
    mutating func progress(fraction: Double, frames: Int64) {}
}

/// Cannot take any embedding.
private struct FullDisk: AnalysisOutput {
    mutating func started(_ video: VideoDescription) {}
    mutating func event(_ row: EventRow) {}
    mutating func track(_ row: TrackRow) {}
    mutating func depth(_ row: DepthRow) {}
    mutating func display(_ row: DisplayRow) {}
    mutating func frameEmbedding(_ row: FrameEmbeddingRow) throws(VideoAnalysisError) {
        throw VideoAnalysisError(.diskFull, "The disk is full.")
    }
    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) {}
    mutating func progress(fraction: Double, frames: Int64) {}
}
