import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct CutDetectorTests {
    /// The frames that begin a scene.
    private func cuts(in images: [Image]) throws -> [Int] {
        var detector = CutDetector()
        return try images.indices.filter { try detector.begins(with: images[$0]) }
    }

    private func scene(_ color: Color, boxAt x: Float, lighter opacity: Double = 0) throws -> Image {
        let whole = BoundingBox(x1: 0, y1: 0, x2: 160, y2: 120)
        return try Image.filled(width: 160, height: 120, color: color).drawing { canvas throws(VideoAnalysisError) in
            try canvas.fill(BoundingBox(x: x, y: 30, width: 70, height: 60), color: .white)
            if opacity > 0 { try canvas.fill(whole, color: Color(red: 128, green: 128, blue: 128), opacity: opacity) }
        }
    }

    @Test func aCutIsFoundWhereItIs() throws {
        let first = try (0..<5).map { try scene(.black, boxAt: Float($0)) }
        let second = try (0..<5).map { try scene(Color(red: 30, green: 90, blue: 200), boxAt: 85 + Float($0)) }
        #expect(try cuts(in: first + second + first) == [5, 10])
        #expect(try cuts(in: []) == [])
        #expect(try cuts(in: [first[0]]) == [])
    }

    @Test func aCameraThatStandsStillCutsNowhere() async throws {
        let path = try await TestVideo.sample(seconds: 8)
        let found = try await onThread { try cuts(in: try DecodedVideo.images(of: path, every: 2)) }
        #expect(found == [])
    }

    @Test func whatMovesAllTheTimeOrGetsLighterIsNoCut() throws {
        // Something that jumps to and fro from frame to frame begins one scene at most.
        let jumping = try (0..<12).map { try scene(.black, boxAt: $0 % 2 == 0 ? 0 : 90) }
        #expect(try cuts(in: jumping).count <= 1)
        let dark = try Image.filled(width: 160, height: 120, color: Color(red: 20, green: 20, blue: 20))
        let light = try Image.filled(width: 160, height: 120, color: Color(red: 160, green: 160, blue: 160))
        #expect(try cuts(in: [dark, dark, light, light]) == [])
    }

    @Test func aCutBetweenTwoSamplesHasAVectorOfItsOwn() async throws {
        let path = try await Fixture.media(
            "scenes.mp4",
            [
                "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=1.4", "-f", "lavfi", "-i",
                "mandelbrot=size=160x120:rate=10", "-filter_complex", "[0][1]concat=n=2:v=1", "-t", "3",
            ] + Fixture.h264)
        let rows = try await onThread {
            var output = RecordedOutput()
            _ = try VideoAnalyzer(settings: AnalysisSettings()).analyze(
                path: path, output: &output, isCancelled: { false })
            return output.frameEmbeddings
        }
        #expect(rows.map(\.frameNumber) == [0, 10, 14, 20])
    }
}
