import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct ModelEmbedderTests {
    /// A model on disk whose network gives `outputs`, for the length of the closure.
    private func withModel(
        _ outputs: [ONNXFile.Output], family: ModelManifest.Family = .embedding, width: Int = 16, height: Int = 32,
        describes: ModelManifest.Subject? = nil, _ body: (ModelFile) async throws -> Void
    ) async throws {
        try await TestPaths.withFolder { folder in
            let file = ONNXFile(inputShape: [1, 3, height, width], outputs: outputs)
            let path = folder.appending(path: "tiny.onnx")
            try Data(file.bytes).write(to: path)
            let input = ModelManifest.Input(width: width, height: height, channels: .rgb, range: 0...1)
            try await body(
                ModelFile(
                    path: path.path, sha256: String(repeating: "ab", count: 32),
                    manifest: ModelManifest(family: family, input: input, describes: describes)))
        }
    }

    private static func vector(_ count: Int) -> [Float] {
        [3, 4] + [Float](repeating: 0, count: count - 2)
    }

    @Test(arguments: [[1, 256], [1, 768], [1, 1280, 1, 1], [2]])
    func vectorsOfAnyDimensionAreNormalised(shape: [Int]) async throws {
        let count = shape.reduce(1, *)
        try await withModel([.constant(name: "vector", shape: shape, values: Self.vector(count))]) { model in
            let embedder = try ModelEmbedder(model: model)
            #expect(embedder.dimensions == count)
            let image = try Image.filled(width: 40, height: 50, color: .white)
            let vector = try embedder.embed(image)
            #expect(vector.count == count)
            #expect(abs(vector[0] - 0.6) < 1e-5 && abs(vector[1] - 0.8) < 1e-5)
            #expect(try embedder.embedViews(of: image) == [vector])
        }
    }

    @Test func anotherNetworkIsRefusedWithItsShapes() async throws {
        let row = ONNXFile.Output.constant(name: "boxes", shape: [1, 4, 6], values: [Float](repeating: 1, count: 24))
        try await withModel([row]) { model in
            let error = #expect(throws: VideoAnalysisError.self) { try ModelEmbedder(model: model) }
            #expect(error?.code == .badSetting)
            #expect(error?.message.contains("boxes [1, 4, 6]") == true, "\(error?.message ?? "")")
        }
        try await withModel([row], family: .depth) { model in
            let error = #expect(throws: VideoAnalysisError.self) { try ModelEmbedder(model: model) }
            #expect(error?.message.contains("family embedding") == true)
        }
    }

    @Test func aVectorWithoutLengthIsAnError() async throws {
        try await withModel([.constant(name: "vector", shape: [1, 8], values: [Float](repeating: 0, count: 8))]) {
            model in
            let embedder = try ModelEmbedder(model: model)
            let image = try Image.filled(width: 4, height: 4, color: .white)
            #expect(throws: VideoAnalysisError.self) { try embedder.embed(image) }
        }
    }

    @Test func theModelsNameTellsWeightsAndInputApart() async throws {
        try await withModel([.constant(name: "vector", shape: [1, 4], values: Self.vector(4))]) { model in
            #expect(ModelEmbedder.name(of: model).hasPrefix("tiny-abababababab-"))
            var weights = model
            weights.sha256 = String(repeating: "cd", count: 32)
            var input = model
            input.manifest?.input.channels = .bgr
            let names = [model, weights, input].map(ModelEmbedder.name)
            #expect(Set(names).count == 3)
        }
    }

    /// An upright input is for objects, unless the manifest says otherwise.
    @Test(
        arguments: [
            (16, 32, nil, .objects), (32, 32, nil, .frames), (16, 32, .frames, .frames), (32, 16, .objects, .objects),
        ] as [(Int, Int, ModelManifest.Subject?, ModelManifest.Subject)])
    func eachModelDescribesFramesOrObjects(
        width: Int, height: Int, describes: ModelManifest.Subject?, expected: ModelManifest.Subject
    ) async throws {
        let output = ONNXFile.Output.constant(name: "vector", shape: [1, 4], values: Self.vector(4))
        try await withModel([output], width: width, height: height, describes: describes) { model in
            let settings = AnalysisSettings(embeddingModels: [model])
            let own = ModelEmbedder.name(of: model)
            let names = [try settings.makeFrameEmbedder().modelName, try settings.makeObjectEmbedder().modelName]
            #expect(names == (expected == .frames ? [own, "framelake-object-2"] : ["framelake-frame-3", own]))
            #expect(settings.fingerprint != AnalysisSettings().fingerprint)
            let twice = AnalysisSettings(embeddingModels: [model, model])
            #expect(throws: VideoAnalysisError.self) { try twice.validate() }
        }
    }

    @Test func theRowsOfAnAnalysisHoldTheNetworksVectors() async throws {
        let path = try await TestVideo.sample(seconds: 4)
        let output = ONNXFile.Output.constant(name: "vector", shape: [1, 256], values: Self.vector(256))
        try await withModel([output]) { model in
            let rows = try await onThread {
                var output = RecordedOutput()
                _ = try VideoAnalyzer(settings: AnalysisSettings(embeddingModels: [model])).analyze(
                    path: path, output: &output, isCancelled: { false })
                return output
            }
            #expect(!rows.objectEmbeddings.isEmpty)
            #expect(rows.objectEmbeddings.allSatisfy { $0.embedding.count == 256 && $0.model.hasPrefix("tiny-") })
            #expect(rows.frameEmbeddings.allSatisfy { $0.embedding.count == 512 })
        }
    }
}
