import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct DepthNetworkTests {
    /// A model on disk whose network gives `outputs` for 64 x 32 pixels, for the length of the closure.
    private func withModel(
        _ outputs: [ONNXFile.Output] = [.brightness(name: "depth", shape: [1, 32, 64])],
        family: ModelManifest.Family = .depth, gives: ModelManifest.Depth? = .inverse,
        letterbox: ModelManifest.Letterbox = .none, _ body: (ModelFile) async throws -> Void
    ) async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "bright.onnx")
            try Data(ONNXFile(inputShape: [1, 3, 32, 64], outputs: outputs).bytes).write(to: path)
            let input = ModelManifest.Input(
                width: 64, height: 32, channels: .rgb, range: 0...10, letterbox: letterbox)
            try await body(
                ModelFile(
                    path: path.path, sha256: String(repeating: "ab", count: 32),
                    manifest: ModelManifest(family: family, input: input, gives: gives)))
        }
    }

    @Test(arguments: [[1, 32, 64], [1, 1, 32, 64], [32, 64]])
    func theMapIsReadInEachOfItsShapes(shape: [Int]) async throws {
        try await withModel([.brightness(name: "depth", shape: shape)]) { model in
            let network = try DepthNetwork(model: model)
            #expect(network.estimator == "bright-abababababab")
            let image = try Image.filled(width: 128, height: 64, color: Color(red: 51, green: 51, blue: 51))
            let raster = try network.raster(of: image)
            #expect(raster.width == 64 && raster.height == 32)
            #expect(raster.values.allSatisfy { abs($0 - 2) < 1e-4 })
        }
    }

    @Test func whatIsPaddedAroundAFrameIsNoPartOfItsMap() async throws {
        try await withModel(letterbox: .center) { model in
            let image = try Image.filled(width: 100, height: 100, color: .white)
            let raster = try DepthNetwork(model: model).raster(of: image)
            #expect(raster.width == 32 && raster.height == 32)
            #expect(raster.values.allSatisfy { abs($0 - 10) < 1e-4 })
        }
    }

    @Test func anotherNetworkIsRefused() async throws {
        func message(_ model: ModelFile) throws -> String {
            let error = try #require(throws: VideoAnalysisError.self) { try DepthNetwork(model: model) }
            #expect(error.code == .badSetting)
            return error.message
        }
        try await withModel([.image(name: "three")]) { model in
            let text = try message(model)
            #expect(text.contains("three [1, 3, 32, 64]"))
        }
        let two = [
            ONNXFile.Output.brightness(name: "a", shape: [1, 32, 64]), .brightness(name: "b", shape: [1, 32, 64]),
        ]
        try await withModel(two) { model in
            let text = try message(model)
            #expect(text.contains("one map"))
        }
        // As a detector's table of boxes.
        try await withModel([.brightness(name: "boxes", shape: [1, 128, 16])]) { model in
            let text = try message(model)
            #expect(text.contains("boxes [1, 128, 16]"))
        }
        try await withModel(family: .embedding) { model in
            let text = try message(model)
            #expect(text.contains("family depth"))
        }
        try await withModel(gives: nil) { model in
            let text = try message(model)
            #expect(text.contains("inverse depth or metres"))
        }
        try await withModel { model in
            var bare = model
            bare.manifest = nil
            let text = try message(bare)
            #expect(text.contains("no manifest"))
        }
    }

    @Test func theModelIsPartOfTheFingerprint() async throws {
        try await withModel { model in
            var other = model
            other.manifest?.gives = .metres
            let prints = [AnalysisSettings(), AnalysisSettings(depthModel: model), AnalysisSettings(depthModel: other)]
            #expect(Set(prints.map(\.fingerprint)).count == 3)
        }
    }

    /// Two gray blocks before a dark back, the nearer one brighter.
    private func video() async throws -> String {
        let near = "drawbox=x=195:y=170:w=60:h=120:color=0xc8c8c8:t=fill"
        let far = "drawbox=x=300:y=20:w=45:h=100:color=0x646464:t=fill"
        let scene = "color=c=0x141414:s=480x320:r=10:d=6"
        return try await Fixture.media(
            "two-blocks.mp4", ["-f", "lavfi", "-i", "\(scene),\(near),\(far)"] + Fixture.h264)
    }

    /// A detector that sees both blocks in every frame, whose 480 x 320 pixels it gets as 32 x 32.
    private func detector(in folder: URL) throws -> ModelFile {
        var values = [Float](repeating: 0, count: 63 * 6)
        values.replaceSubrange(0..<6, with: [15, 23, 4, 12, 1, 0.9])
        values.replaceSubrange(6..<12, with: [21.5, 7, 3, 10, 1, 0.9])
        let path = folder.appending(path: "blocks.onnx")
        let output = ONNXFile.Output.constant(name: "boxes", shape: [1, 63, 6], values: values)
        try Data(ONNXFile(outputs: [output]).bytes).write(to: path)
        let input = ModelManifest.Input(width: 32, height: 32, channels: .bgr, range: 0...255, letterbox: .none)
        return ModelFile(
            path: path.path, sha256: String(repeating: "cd", count: 32),
            manifest: ModelManifest(family: .yolov5, input: input, labels: ["block"]))
    }

    private func rows(_ model: ModelFile) async throws -> [DepthRow] {
        let path = try await video()
        return try await TestPaths.withFolder { folder in
            let settings = AnalysisSettings(detector: .model(try detector(in: folder)), depthModel: model)
            return try await onThread {
                var output = RecordedOutput()
                _ = try VideoAnalyzer(settings: settings).analyze(
                    path: path, output: &output, isCancelled: { false })
                return output.depth
            }
        }
    }

    @Test func aVideosRowsHoldRelativeDepthsOnceASecond() async throws {
        try await withModel { model in
            let rows = try await rows(model)
            #expect(rows.allSatisfy { $0.unit == .relative && $0.estimator == "bright-abababababab" })
            let frames = rows.filter { $0.trackID == nil }
            #expect(frames.map(\.frameNumber) == [0, 10, 20, 30, 40, 50])
            for frame in frames {
                #expect(frame.depthMapScale == 1.0 / 65_535)
                let map = try Image(decoding: try #require(frame.depthMap))
                #expect(map.width == 128 && map.height == 85)
                #expect((0...1).contains(frame.minimumDepth) && frame.maximumDepth <= 1)
            }
            #expect(Set(rows.compactMap(\.trackID)).count == 2)
            for row in rows where row.trackID != nil {
                // 200 is the nearest of the video, 20 the farthest; the background in the box does not count.
                let expected: Float = (row.bbox?.y1 ?? 0) > 140 ? 0 : 100.0 / 180
                #expect(abs(row.averageDepth - expected) < 0.08, "\(row)")
                #expect(row.minimumDepth <= row.averageDepth && row.averageDepth <= row.maximumDepth)
                #expect(row.area > 0 && row.area <= Double(row.bbox?.area ?? 0))
            }
        }
    }

    @Test func metresOfANetworkStayMetres() async throws {
        try await withModel(gives: .metres) { model in
            let rows = try await rows(model)
            #expect(rows.allSatisfy { $0.unit == .metres })
            #expect(rows.contains { $0.trackID == nil && $0.depthMapScale == 0.01 })
            let near = rows.filter { ($0.bbox?.y1 ?? 0) > 140 }
            #expect(!near.isEmpty)
            #expect(near.allSatisfy { abs($0.averageDepth - 7.84) < 0.4 }, "\(near.map(\.averageDepth))")
        }
    }
}
