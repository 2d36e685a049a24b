import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct AnnotatedVideoTests {
    private static let red = Color(red: 200, green: 30, blue: 30)

    private func event(_ frame: Int64, track: Int32?, x: Float, _ name: String = "person") -> EventRow {
        EventRow(
            frameNumber: frame, timestamp: Double(frame) / 10, trackID: track, classID: 0, className: name,
            confidence: 0.5, bbox: BoundingBox(x: x, y: 100, width: 40, height: 60), interpolated: false)
    }

    /// Analysed are the frames 0, 4 and 8. Track 1 is in all of them, track 2 in the first only.
    private func spool() throws -> AnnotationSpool {
        let spool = try AnnotationSpool()
        for frame in [0, 4, 8] as [Int64] {
            try spool.begin(frameNumber: frame, timestamp: Double(frame) / 10)
            spool.append(event(frame, track: 1, x: Float(frame) * 10))
            if frame == 0 { spool.append(event(frame, track: 2, x: 250, "dog")) }
            if frame == 4 { spool.append(event(frame, track: nil, x: 200)) }
        }
        try spool.rewind()
        return spool
    }

    @Test func theSpoolGivesBackWhatWasPutIn() throws {
        let spool = try spool()
        let first = try #require(try spool.next())
        #expect(first.frameNumber == 0)
        #expect(first.objects.map(\.trackID) == [1, 2])
        #expect(first.objects.map(\.detection.className) == ["person", "dog"])
        #expect(first.objects.map(\.detection.confidence) == [0.5, 0.5])
        let second = try #require(try spool.next())
        #expect(second.timestamp == 0.4)
        #expect(second.objects.map(\.trackID) == [1, nil])
        #expect(second.objects.map(\.detection.box.x1) == [40, 200])
        #expect(try spool.next()?.objects.count == 1)
        #expect(try spool.next() == nil)
    }

    @Test func betweenAnalysedFramesTracksMoveAlongALine() throws {
        var frames = try BetweenFrames(try spool())
        var seen: [[Int?: Float]] = []
        for number in 0..<10 {
            let objects = try frames.objects(at: .init(frameNumber: Int64(number), timestamp: Double(number) / 10))
            seen.append(Dictionary(uniqueKeysWithValues: objects.map { ($0.trackID, $0.detection.box.x1.rounded()) }))
        }
        #expect(
            seen == [
                [1: 0, 2: 250], [1: 10], [1: 20], [1: 30], [1: 40, nil: 200], [1: 50], [1: 60], [1: 70], [1: 80],
                [1: 80],
            ])
    }

    @Test func aFrameWithoutObjectsEndsTheLine() throws {
        let spool = try AnnotationSpool()
        for frame in [0, 2, 4] as [Int64] {
            try spool.begin(frameNumber: frame, timestamp: Double(frame))
            if frame != 2 { spool.append(event(frame, track: 1, x: 0)) }
        }
        try spool.rewind()
        var frames = try BetweenFrames(spool)
        let counts = try (0..<6).map { number in
            try frames.objects(at: .init(frameNumber: Int64(number), timestamp: Double(number))).count
        }
        #expect(counts == [1, 0, 0, 0, 1, 1])
    }

    @Test(arguments: [VideoWriter.Codec.h264, .mpeg4])
    func whatIsWrittenIsReadAgain(codec: VideoWriter.Codec) async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "out.mp4").path
            let times = [0, 0.04, 0.1, 0.5, 0.511, 2.002]
            try await onThread {
                let writer = try VideoWriter(
                    path: path, width: 321, height: 241, framesPerSecond: 25, threads: 1, codec: codec)
                let image = try Image.filled(width: 321, height: 241, color: Self.red)
                for time in times { try writer.append(image, timestamp: time) }
                try writer.finish()
            }
            let video = try await DecodedVideo.decode(path)
            #expect(video.video.codec == (codec == .h264 ? "h264" : "mpeg4"))
            #expect(video.imageSizes == [[322, 242]])
            #expect(video.timestamps.count == times.count)
            #expect(zip(video.timestamps, times).allSatisfy { isClose($0, $1, within: 0.0001) }, "\(video.timestamps)")
            for (x, y) in [(0, 0), (160, 120), (321, 241)] {
                let pixel = video.firstImage.pixel(x, y)
                #expect(zip(pixel, [30, 30, 200]).allSatisfy { abs($0 - $1) < 12 }, "\(pixel)")
            }
            // The index comes before the pictures.
            let bytes = try Data(contentsOf: URL(filePath: path))
            let index = try #require(bytes.range(of: Data("moov".utf8)))
            let pictures = try #require(bytes.range(of: Data("mdat".utf8)))
            #expect(index.lowerBound < pictures.lowerBound)
        }
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 2), (1280, 720)])
    func framesOfAnySizeAreWritten(width: Int, height: Int) async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "out.mp4").path
            try await onThread {
                let writer = try VideoWriter(path: path, width: width, height: height, framesPerSecond: 0, threads: 1)
                try writer.append(try Image.filled(width: width, height: height, color: Self.red), timestamp: 0)
                try writer.finish()
            }
            let video = try await DecodedVideo.decode(path)
            #expect(video.imageSizes == [[width + width % 2, height + height % 2]])
            let pixel = video.firstImage.pixel(0, 0)
            #expect(zip(pixel, [30, 30, 200]).allSatisfy { abs($0 - $1) < 12 }, "\(pixel)")
        }
    }

    @Test func aTurnedVideoIsWrittenUprightWithItsTimesAndBoxes() async throws {
        // Ten frames whose gaps grow, turned by the container.
        let uneven = try await Fixture.media(
            "annotate-uneven.mp4",
            [
                "-f", "lavfi", "-i", "color=gray:size=240x320:rate=10:duration=1", "-vf",
                "settb=1/1000,setpts=N*N*0.02/TB", "-vsync", "vfr",
            ] + Fixture.h264)
        let path = try await Fixture.media(
            "annotate-turned.mp4", ["-i", uneven, "-c", "copy", "-metadata:s:v:0", "rotate=90"])
        let source = try await DecodedVideo.decode(path)
        try #require(source.video.rotation != 0 && source.timestamps.count == 10)
        try await TestPaths.withFolder { folder in
            let output = folder.appending(path: "out.mp4").path
            let written = try await onThread {
                try VideoAnnotator(settings: AnalysisSettings(threads: 1)).annotate(
                    path: path, spool: try spool(), duration: 1, output: output, isCancelled: { false }
                ) { _, _ in }
            }
            let result = try await DecodedVideo.decode(output)
            #expect(written == Int64(source.timestamps.count))
            #expect(result.video.rotation == 0)
            #expect(result.imageSizes == [[320, 240]])
            #expect(result.timestamps.count == source.timestamps.count)
            #expect(zip(result.timestamps, source.timestamps).allSatisfy { isClose($0, $1, within: 0.001) })
            // The lower edges of the boxes, in the tracks' colours.
            for (x, track) in [(20, 1), (270, 2)] {
                let color = Palette.color(track)
                let expected = [Int(color.blue), Int(color.green), Int(color.red)]
                let pixel = result.firstImage.pixel(x, 160)
                #expect(zip(pixel, expected).allSatisfy { abs($0 - $1) < 70 }, "\(pixel), not \(expected)")
            }
            let inside = result.firstImage.pixel(20, 140)
            #expect(zip(inside, [128, 128, 128]).allSatisfy { abs($0 - $1) < 16 }, "\(inside)")
        }
    }

    @Test func cancellingEndsTheAnnotation() async throws {
        let path = try await Fixture.plain()
        try await TestPaths.withFolder { folder in
            let output = folder.appending(path: "out.mp4").path
            let error = await #expect(throws: VideoAnalysisError.self) {
                try await onThread {
                    try VideoAnnotator(settings: AnalysisSettings()).annotate(
                        path: path, spool: try spool(), duration: 1, output: output, isCancelled: { true }
                    ) { _, _ in }
                }
            }
            #expect(error?.code == .cancelled)
        }
    }
}
