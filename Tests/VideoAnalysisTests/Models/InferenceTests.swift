import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

/// What both libraries that run networks must have in common. Where the package is built without OpenVINO, the tests
/// that compare say that it is refused; the others of this folder run on whatever is the standard.
@Suite struct InferenceTests {
    /// Boxes whose score is the image's mean, and tables of other shapes.
    private static let network = ONNXFile(outputs: [
        .scoredByBrightness(name: "boxes", rows: 63), .image(name: "same"),
        .constant(name: "table", shape: [1, 2, 3], values: [1, 2, 3, 4, 5, 6]),
        .constant(name: "vector", shape: [1, 4], values: [0.25, -3, 1e6, 1e-6]),
    ]).bytes

    private static let input = ModelManifest.Input(width: 32, height: 32, channels: .rgb, range: 0...1)

    private static func image(_ gray: UInt8) throws -> Image {
        try Image(width: 50, height: 40, format: .bgr8) { pixels, _ in
            for place in pixels.indices { pixels[place] = UInt8(clamping: Int(gray) + place % 7) }
        }
    }

    @Test func theFastestThatIsBuiltInIsTheStandard() {
        let folder = ProcessInfo.processInfo.environment["OPENVINO_DIR"] ?? ""
        #expect(Inference.opencv.isBuiltIn)
        #expect(Inference.openvino.isBuiltIn == !folder.isEmpty, "The tests run in the environment of their build.")
        #expect(Inference.standard == (Inference.openvino.isBuiltIn ? .openvino : .opencv))
    }

    @Test func bothGiveTheSameNumbersOrTheMissingOneIsRefused() throws {
        let opencv = try Network(onnx: Self.network, input: Self.input, inference: .opencv)
        guard Inference.openvino.isBuiltIn else {
            let error = try #require(throws: VideoAnalysisError.self) {
                try Network(onnx: Self.network, input: Self.input, inference: .openvino)
            }
            #expect(error.code == .badSetting && error.message.contains("OPENVINO_DIR"))
            return
        }
        let openvino = try Network(onnx: Self.network, input: Self.input, inference: .openvino)
        for gray: UInt8 in [0, 90, 240] {
            let image = try Self.image(gray)
            let (wanted, found) = (try opencv.run(image), try openvino.run(image))
            #expect(found.map(\.name) == ["boxes", "same", "table", "vector"])
            #expect(found.map(\.shape) == wanted.map(\.shape))
            for (tensor, other) in zip(found, wanted) {
                for (value, close) in zip(tensor.values, other.values) {
                    #expect(abs(value - close) <= 1e-5 * max(1, abs(close)), "\(tensor.name)")
                }
            }
        }
    }

    @Test(arguments: Inference.allCases.filter(\.isBuiltIn), [1, 2, 4])
    func copiesWorkSideBySideAndGiveTheSame(inference: Inference, copies: Int) throws {
        let network = try Network(onnx: Self.network, input: Self.input, inference: inference, copies: copies)
        let images = try (0..<40).map { try Self.image(UInt8(5 * $0)) }
        let alone = try Network(onnx: Self.network, input: Self.input, inference: inference)
        let wanted = try images.map { try alone.run($0) }
        // More threads than copies: some wait.
        let found = ThreadPool(count: 5).map(images.count) { index in Result { try network.run(images[index]) } }
        for (result, tensors) in zip(found, wanted) { #expect(try result.get() == tensors) }
    }

    /// 5,000 numbers in a plane: more than what is computed at once, and no multiple of it.
    @Test(arguments: Inference.allCases.filter(\.isBuiltIn))
    func sigmoidIsRightFromEndToEnd(inference: Inference) throws {
        let input = ModelManifest.Input(width: 100, height: 50, channels: .bgr, range: -128...127)
        let network = try Network(
            onnx: ONNXFile(inputShape: [1, 3, 50, 100], outputs: [.sigmoid(name: "s")]).bytes, input: input,
            inference: inference)
        let image = try Image(width: 100, height: 50, format: .bgr8) { pixels, _ in
            for place in pixels.indices { pixels[place] = UInt8(place * 7 % 256) }
        }
        let same = try Network(
            onnx: ONNXFile(inputShape: [1, 3, 50, 100], outputs: [.image(name: "x")]).bytes, input: input,
            inference: inference)
        let (found, given) = (try network.run(image)[0].values, try same.run(image)[0].values)
        #expect(found.count == 15_000)
        for (value, x) in zip(found, given) { #expect(abs(Double(value) - 1 / (1 + exp(-Double(x)))) < 1e-6) }
        #expect(found.min() ?? 1 < 1e-6 && found.max() ?? 0 > 0.999999)
    }

    @Test func anAnalysisByAnotherLibraryHasAnotherFingerprint() {
        func fingerprint(_ inference: Inference) -> String {
            let model = ModelFile(path: "/m.onnx", sha256: "abc", manifest: nil, inference: inference)
            return AnalysisSettings(detector: .model(model)).fingerprint
        }
        #expect(fingerprint(.opencv) != fingerprint(.openvino))
        #expect(fingerprint(.openvino).contains(#""inference":"openvino""#))
        #expect(!AnalysisSettings().fingerprint.contains("inference"))
    }
}
