import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct NetworkTests {
    /// Blue rises from column to column, green from row to row, red is fixed.
    private static func picture(width: Int, height: Int) throws -> Image {
        var bytes: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width { bytes += [UInt8(column * 10), UInt8(row * 10), 200] }
        }
        return try Image(width: width, height: height, format: .bgr8, bytes: bytes)
    }

    private static func input(
        _ width: Int, _ height: Int, channels: ModelManifest.Channels = .bgr, range: ClosedRange<Float> = 0...255,
        mean: [Float] = [0, 0, 0], std: [Float] = [1, 1, 1], letterbox: ModelManifest.Letterbox = .none
    ) -> ModelManifest.Input {
        .init(
            width: width, height: height, channels: channels, range: range, mean: mean, std: std,
            letterbox: letterbox, pad: 114)
    }

    /// The numbers that reach the network.
    private static func seen(_ image: Image, _ input: ModelManifest.Input) throws -> Tensor {
        let file = ONNXFile(inputShape: [1, 3, nil, nil], outputs: [.image(name: "same")])
        let outputs = try Network(onnx: file.bytes, input: input).run(image)
        #expect(outputs.map(\.name) == ["same"])
        return outputs[0]
    }

    @Test func pixelsComeAsPlanesInTheOrderOfTheManifest() throws {
        let image = try Self.picture(width: 4, height: 3)
        for (channels, places) in [(ModelManifest.Channels.bgr, [0, 1, 2]), (.rgb, [2, 1, 0])] {
            let tensor = try Self.seen(image, Self.input(4, 3, channels: channels))
            #expect(tensor.shape == [1, 3, 3, 4])
            let planes = (0..<3).map { Array(tensor.values[$0 * 12..<($0 + 1) * 12]) }
            let blue = (0..<12).map { Float($0 % 4 * 10) }
            let green = (0..<12).map { Float($0 / 4 * 10) }
            #expect(planes[places[0]] == blue)
            #expect(planes[places[1]] == green)
            #expect(planes[places[2]] == [Float](repeating: 200, count: 12))
        }
    }

    @Test func rangeMeanAndDeviationAreApplied() throws {
        let image = try Self.picture(width: 2, height: 1)
        let tensor = try Self.seen(
            image, Self.input(2, 1, range: -1...1, mean: [0.5, 0.25, 0], std: [2, 0.5, 1]))
        func value(_ pixel: Float, _ mean: Float, _ std: Float) -> Float { (-1 + pixel / 255 * 2 - mean) / std }
        let expected = [
            value(0, 0.5, 2), value(10, 0.5, 2), value(0, 0.25, 0.5), value(0, 0.25, 0.5), value(200, 0, 1),
            value(200, 0, 1),
        ]
        for (found, wanted) in zip(tensor.values, expected) { #expect(abs(found - wanted) < 1e-5) }
    }

    @Test(
        arguments: [
            (.topleft, [true, true, false, false]), (.center, [false, true, true, false]),
            (.none, [true, true, true, true]),
        ] as [(ModelManifest.Letterbox, [Bool])])
    func letterboxLeavesThePadAround(letterbox: ModelManifest.Letterbox, rowsOfImage: [Bool]) throws {
        let white = try Image(width: 8, height: 4, format: .bgr8, bytes: [UInt8](repeating: 255, count: 96))
        let tensor = try Self.seen(white, Self.input(4, 4, letterbox: letterbox))
        for row in 0..<4 {
            #expect(Set(tensor.values[row * 4..<row * 4 + 4]) == [rowsOfImage[row] ? 255 : 114])
        }
    }

    @Test(arguments: ModelManifest.Letterbox.allCases, [(768, 576), (100, 400), (31, 17)])
    func placementLeadsBackToTheImage(letterbox: ModelManifest.Letterbox, size: (width: Int, height: Int)) {
        let place = InputPlacement(
            imageWidth: size.width, imageHeight: size.height, input: Self.input(416, 320, letterbox: letterbox))
        let box = place.inImage(
            BoundingBox(
                x1: Float(place.x), y1: Float(place.y), x2: Float(place.x + place.width),
                y2: Float(place.y + place.height)))
        #expect(abs(box.x1) < 0.01 && abs(box.y1) < 0.01)
        #expect(abs(box.x2 - Float(size.width)) < 0.01 && abs(box.y2 - Float(size.height)) < 0.01)
    }

    @Test func outputsComeByNameInTheFilesOrder() throws {
        let file = ONNXFile(outputs: [
            .constant(name: "second", shape: [1, 2, 2], values: [1, 2, 3, 4]),
            .constant(name: "a", shape: [1, 3], values: [5, 6, 7]), .image(name: "m"),
            .constant(name: "first", shape: [4, 1], values: [9, 8, 7, 6]),
        ])
        let image = try Self.picture(width: 4, height: 3)
        let outputs = try Network(onnx: file.bytes, input: Self.input(32, 32)).run(image)
        #expect(outputs.map(\.name) == ["second", "a", "m", "first"])
        #expect(outputs[0] == Tensor(name: "second", shape: [1, 2, 2], values: [1, 2, 3, 4]))
        #expect(outputs[1].values == [5, 6, 7])
        #expect(outputs[2].shape == [1, 3, 32, 32])
        #expect(outputs[3].values == [9, 8, 7, 6])
    }

    @Test func severalThreadsMayShareANetwork() async throws {
        let file = ONNXFile(inputShape: [1, 3, nil, nil], outputs: [.image(name: "same")])
        let network = try Network(onnx: file.bytes, input: Self.input(4, 3))
        let image = try Self.picture(width: 4, height: 3)
        let wanted = try network.run(image)
        let results = try await withThrowingTaskGroup(of: [Tensor].self) { group in
            for _ in 0..<20 { group.addTask { try network.run(image) } }
            var all: [[Tensor]] = []
            for try await result in group { all.append(result) }
            return all
        }
        #expect(results.count == 20 && results.allSatisfy { $0 == wanted })
    }

    @Test func whatIsNoNetworkIsRefusedWithTheReason() throws {
        let good = ONNXFile(outputs: [.image(name: "same")]).bytes
        let wrongSize = Self.input(64, 32)
        var flat = Self.input(32, 32)
        flat.std = [1, 0, 1]
        let cases: [([UInt8], ModelManifest.Input, String)] = [
            ([], Self.input(32, 32), "no ONNX file"), (Array("<html>".utf8), Self.input(32, 32), "no ONNX file"),
            (Array(good.dropLast(30)), Self.input(32, 32), "only a part of one"),
            (good, wrongSize, "[1, 3, 32, 32], not [1, 3, 32, 64]"), (good, flat, "std"),
            (
                ONNXFile(inputShape: [1, 1, 32, 32], outputs: [.image(name: "x")]).bytes, Self.input(32, 32),
                "[1, 1, 32"
            ),
            (ONNXFile(inputShape: [1, 3], outputs: [.image(name: "x")]).bytes, Self.input(32, 32), "[1, 3]"),
            (ONNXFile(inputCount: 2, outputs: [.image(name: "x")]).bytes, Self.input(32, 32), "image, image2"),
        ]
        for (bytes, input, part) in cases {
            let error = try #require(throws: VideoAnalysisError.self) { try Network(onnx: bytes, input: input) }
            #expect(error.code == .badSetting)
            #expect(error.message.contains(part), "\(error.message)")
        }
    }

    @Test func everyPartOfAFileIsRefusedWithoutACrash() throws {
        let whole = ONNXFile(outputs: [.constant(name: "x", shape: [1, 2], values: [1, 2])]).bytes
        // The last field, the operators' version, is not the header's.
        for count in 0..<whole.count - 10 {
            #expect(throws: ONNXHeader.Malformed.self, "\(count) bytes") { try ONNXHeader(Array(whole.prefix(count))) }
        }
    }
}
