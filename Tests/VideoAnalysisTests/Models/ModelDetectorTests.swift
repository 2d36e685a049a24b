import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

/// Each layout goes through the standard library, in a network that gives these numbers for any image.
@Suite struct ModelDetectorTests {
    /// Input of every network here; its grids have 16 + 4 + 1 places for the strides 8, 16 and 32.
    private static let size = 32
    private static let places = 21

    private static func manifest(
        _ family: ModelManifest.Family, labels: [String] = ["person", "gnome"],
        letterbox: ModelManifest.Letterbox = .none
    ) -> ModelManifest {
        ModelManifest(
            family: family,
            input: .init(
                width: size, height: size, channels: .bgr, range: 0...255, letterbox: letterbox, pad: 114),
            labels: labels)
    }

    /// Twice as wide as the input, and as high.
    private static func picture() throws -> Image {
        try Image(width: 64, height: 32, format: .bgr8) { pixels, _ in
            for index in pixels.indices { pixels[index] = 50 }
        }
    }

    private static func detections(
        _ outputs: [ONNXFile.Output], _ manifest: ModelManifest?
    ) throws -> [Detection] {
        try DetectionNetwork(onnx: ONNXFile(outputs: outputs).bytes, manifest: manifest).detect(in: picture())
    }

    /// A table of zeros but for some rows.
    private static func table(rows: Int, columns: Int, _ filled: [Int: [Float]]) -> [Float] {
        (0..<rows).flatMap { filled[$0] ?? [Float](repeating: 0, count: columns) }
    }

    private static func expect(
        _ found: [Detection], _ wanted: [(BoundingBox, Float, Int, String)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == wanted.count, sourceLocation: sourceLocation)
        for (detection, (box, confidence, classID, name)) in zip(found, wanted) {
            let corners = zip(
                [detection.box.x1, detection.box.y1, detection.box.x2, detection.box.y2],
                [box.x1, box.y1, box.x2, box.y2])
            for (corner, other) in corners {
                #expect(abs(corner - other) < 0.01, "\(detection.box), not \(box)", sourceLocation: sourceLocation)
            }
            #expect(abs(detection.confidence - confidence) < 1e-5, sourceLocation: sourceLocation)
            #expect(detection.classID == classID && detection.className == name, sourceLocation: sourceLocation)
        }
    }

    // MARK: Layouts. In the stretched picture x is doubled.

    @Test func yoloxIsDecodedByGridAndStride() throws {
        // The place (1, 2) of stride 8, and the only one of stride 32.
        let values = Self.table(
            rows: Self.places, columns: 7,
            [
                9: [0.5, 0.25, log(1), log(0.5), 0.9, 0.8, 0.1], 20: [0.5, 0.5, log(0.5), log(0.25), 0.8, 0, 0.5],
                3: [0, 0, 0, 0, 0.3, 0.3, 0],
            ])
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 21, 7], values: values)], Self.manifest(.yolox))
        Self.expect(
            found,
            [
                (BoundingBox(x1: 16, y1: 16, x2: 32, y2: 20), 0.72, 0, "person"),
                (BoundingBox(x1: 16, y1: 12, x2: 48, y2: 20), 0.4, 2001, "gnome"),
            ])
    }

    @Test func yolov5GivesBoxesInPixels() throws {
        let values = Self.table(
            rows: 3 * Self.places, columns: 7, [40: [16, 8, 8, 4, 0.9, 0.1, 0.8], 62: [8, 24, 16, 4, 1, 0.5, 0]])
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 63, 7], values: values)], Self.manifest(.yolov5))
        Self.expect(
            found,
            [
                (BoundingBox(x1: 24, y1: 6, x2: 40, y2: 10), 0.72, 2001, "gnome"),
                (BoundingBox(x1: 0, y1: 22, x2: 32, y2: 26), 0.5, 0, "person"),
            ])
    }

    @Test func yolov8HasAColumnForEachPlace() throws {
        var values = [Float](repeating: 0, count: 6 * Self.places)
        for (row, value) in [16, 8, 8, 4, 0.2, 0.7].enumerated() { values[row * Self.places + 5] = Float(value) }
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 6, 21], values: values)], Self.manifest(.yolov8))
        Self.expect(found, [(BoundingBox(x1: 24, y1: 6, x2: 40, y2: 10), 0.7, 2001, "gnome")])
    }

    @Test func yolonasGivesCornersInPixels() throws {
        let boxes = Self.table(rows: Self.places, columns: 4, [7: [4, 8, 12, 16]])
        let scores = Self.table(rows: Self.places, columns: 2, [7: [0.6, 0.1]])
        let found = try Self.detections(
            [
                .constant(name: "scores", shape: [1, 21, 2], values: scores),
                .constant(name: "boxes", shape: [1, 21, 4], values: boxes),
            ], Self.manifest(.yolonas))
        Self.expect(found, [(BoundingBox(x1: 8, y1: 8, x2: 24, y2: 16), 0.6, 0, "person")])
    }

    @Test(arguments: [2, 3])
    func ssdGivesSharesOfTheImageAndABackground(classes: Int) throws {
        let boxes = Self.table(rows: 5, columns: 4, [1: [0.25, 0.5, 0.5, 1], 3: [0, 0, 0.5, 0.5]])
        let row = [Float](repeating: 0.01, count: classes - 1)
        let scores = Self.table(
            rows: 5, columns: classes + 1, [1: [0.1] + row + [0.9], 3: [0.95] + row + [0.05]])
        // With three classes both tables have four columns, and only the name tells.
        let outputs: [ONNXFile.Output] = [
            .constant(name: "scores", shape: [1, 5, classes + 1], values: scores),
            .constant(name: "boxes", shape: [1, 5, 4], values: boxes),
        ]
        let names = Array(["person", "gnome", "troll"].prefix(classes))
        for outputs in [outputs, outputs.reversed()] {
            Self.expect(
                try Self.detections(outputs, Self.manifest(.ssd, labels: names)),
                [(BoundingBox(x1: 16, y1: 16, x2: 32, y2: 32), 0.9, 1999 + classes, names[classes - 1])])
        }
    }

    @Test func ssdMaySuppressByItself() throws {
        let rows: [Float] = [0, 2, 0.8, 0.25, 0.5, 0.5, 1, 0, 1, 0.05, 0, 0, 1, 1, 0, 9, 0.9, 0, 0, 1, 1]
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 1, 3, 7], values: rows)], Self.manifest(.ssd))
        Self.expect(found, [(BoundingBox(x1: 16, y1: 16, x2: 32, y2: 32), 0.8, 2001, "gnome")])
    }

    /// All of a distribution's weight on one distance, or on two halves.
    private static func bins(_ distances: [(Int, Int)]) -> [Float] {
        distances.flatMap { first, second in (0..<8).map { $0 == first || $0 == second ? Float(50) : 0 } }
    }

    @Test func nanodetPlusHasDistributionsInOneTable() throws {
        // Four strides: 16 + 4 + 1 + 1 places. Place (1, 1) of stride 16 has its centre at (16, 16).
        let sides = Self.bins([(0, 1), (0, 0), (1, 1), (0, 1)])
        let values = Self.table(rows: 22, columns: 34, [19: [0.1, 0.6] + sides])
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 22, 34], values: values)], Self.manifest(.nanodet))
        Self.expect(found, [(BoundingBox(x1: 16, y1: 16, x2: 64, y2: 24), 0.6, 2001, "gnome")])
    }

    @Test func nanodetHasTwoTablesForEachStride() throws {
        let counts = [(8, 16), (16, 4), (32, 1)]
        let outputs = counts.flatMap { stride, count -> [ONNXFile.Output] in
            // Place (1, 0) of stride 16 has its centre at (24, 8).
            let sides = Self.table(
                rows: count, columns: 32, stride == 16 ? [1: Self.bins([(1, 1), (0, 0), (0, 0), (1, 1)])] : [:])
            let scores = Self.table(rows: count, columns: 2, stride == 16 ? [1: [0.7, 0.2]] : [:])
            return [
                .constant(name: "dis_\(stride)", shape: [1, count, 32], values: sides),
                .constant(name: "cls_\(stride)", shape: [1, count, 2], values: scores),
            ]
        }
        let found = try Self.detections(outputs, Self.manifest(.nanodet))
        Self.expect(found, [(BoundingBox(x1: 16, y1: 8, x2: 48, y2: 24), 0.7, 0, "person")])
    }

    // MARK: What follows decoding

    @Test func suppressionWorksWithinAClass() throws {
        let values = Self.table(
            rows: 63, columns: 7,
            [
                0: [16, 16, 8, 8, 1, 0.9, 0], 1: [16, 16, 8, 7.9, 1, 0.8, 0], 2: [16, 16, 8, 8, 1, 0, 0.7],
                3: [24, 16, 8, 8, 1, 0.6, 0],
            ])
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 63, 7], values: values)], Self.manifest(.yolov5))
        #expect(found.map(\.className) == ["person", "gnome", "person"])
        #expect(found.map { ($0.confidence * 10).rounded() } == [9, 7, 6])
    }

    @Test func letterboxIsTakenBackAndBoxesEndAtTheImage() throws {
        // The picture lies in the rows 8 to 23 of the input, at half its size.
        let values = Self.table(
            rows: 63, columns: 7,
            [0: [16, 16, 8, 4, 1, 0.9, 0], 1: [0, 8, 8, 8, 1, 0.8, 0], 2: [4, 4, 2, 2, 1, 0.7, 0]])
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 63, 7], values: values)], Self.manifest(.yolov5, letterbox: .center))
        Self.expect(
            found,
            [
                (BoundingBox(x1: 24, y1: 12, x2: 40, y2: 20), 0.9, 0, "person"),
                (BoundingBox(x1: 0, y1: 0, x2: 8, y2: 8), 0.8, 0, "person"),
            ])
    }

    @Test func numbersThatAreNoneAreNoDetections() throws {
        let values = Self.table(
            rows: 63, columns: 7,
            [
                0: [.nan, 16, 8, 8, 1, 0.9, 0], 1: [16, 16, .infinity, 8, 1, .nan, 0.5],
                2: [16, 16, 8, 8, .nan, 1, 0], 3: [16, 16, -8, -8, 1, 1, 0],
            ])
        // The network adds them to zero times the image's mean.
        let found = try Self.detections(
            [.constant(name: "o", shape: [1, 63, 7], values: values)], Self.manifest(.yolov5))
        #expect(found.allSatisfy { $0.isUsable })
        #expect(found.count <= 1)
    }

    // MARK: Recognition and refusal

    @Test func familiesAreRecognisedByTheirShapes() throws {
        let cases: [([Int], Int, [Float])] = [
            ([1, 21, 85], 9, [0.5, 0.25, 0, 0, 0.9] + [0, 0, 0.8] + [Float](repeating: 0, count: 77)),
            ([1, 63, 85], 9, [16, 8, 8, 4, 0.9] + [0, 0, 0.8] + [Float](repeating: 0, count: 77)),
        ]
        for (shape, row, values) in cases {
            let table = Self.table(rows: shape[1], columns: 85, [row: values])
            let found = try Self.detections([.constant(name: "o", shape: shape, values: table)], nil)
            #expect(found.map(\.className) == ["car"])
            #expect(found.map(\.classID) == [2])
        }
        let sizes: [([Int], String)] = [
            ([1, 84, 21], "yolov8"), ([1, 22, 112], "nanodet"),
        ]
        for (shape, family) in sizes {
            let values = [Float](repeating: 0, count: shape.reduce(1, *))
            #expect(
                try Self.detections([.constant(name: "o", shape: shape, values: values)], nil).isEmpty, "\(family)")
        }
    }

    @Test func aFamilyIsRecognisedByARunWhereTheFileLeavesItsShapesOpen() throws {
        let values = [Float](repeating: 0, count: 84 * 21)
        let output = ONNXFile.Output.constant(name: "o", shape: [1, 84, 21], values: values)
        let open = ONNXFile(outputs: [output], declaresTables: false)
        #expect(try Network.declaredOutputs(onnx: open.bytes) == nil)
        let partlyOpen = ONNXFile(outputs: [.grids(name: "o")])
        #expect(try Network.declaredOutputs(onnx: partlyOpen.bytes) == nil)
        #expect(try DetectionNetwork(onnx: open.bytes, manifest: nil).input.height == 32)
        let declared = try #require(try Network.declaredOutputs(onnx: ONNXFile(outputs: [output]).bytes))
        #expect(declared == [Tensor(name: "o", shape: [1, 84, 21], values: [])])
    }

    @Test func whatDoesNotFitIsRefusedBeforeTheFirstFrame() throws {
        func constant(_ shape: [Int]) -> ONNXFile.Output {
            .constant(name: "o", shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
        }
        let three = ["a", "b", "c"]
        let cases: [([ONNXFile.Output], ModelManifest?, String)] = [
            ([constant([1, 21, 85])], Self.manifest(.yolox), "80 classes apart, but has 2 labels"),
            ([constant([1, 6, 21])], Self.manifest(.yolov8, labels: three), "2 classes apart, but has 3 labels"),
            ([constant([1, 20, 7])], Self.manifest(.yolox), "o [1, 20, 7] are not those of yolox"),
            ([constant([1, 21, 7])], Self.manifest(.yolov5), "are not those of yolov5"),
            ([constant([1, 512])], Self.manifest(.embedding, labels: []), "embedding is no detector"),
            ([constant([1, 512])], nil, "of no known family"),
            ([constant([1, 21, 7])], nil, "looks like yolox with 2 classes"),
        ]
        for (outputs, manifest, part) in cases {
            let error = try #require(throws: VideoAnalysisError.self) { try Self.detections(outputs, manifest) }
            #expect(error.code == .badSetting)
            #expect(error.message.contains(part), "\(error.message)")
        }
        let open = ONNXFile(inputShape: [1, 3, nil, nil], outputs: [constant([1, 21, 85])])
        let error = try #require(throws: VideoAnalysisError.self) {
            try DetectionNetwork(onnx: open.bytes, manifest: nil)
        }
        #expect(error.message.contains("size of its input open"))
    }

    @Test func aFileThatIsMissingIsRefused() throws {
        let model = ModelFile(path: "/no/such/model.onnx", sha256: "0", manifest: nil)
        let error = try #require(throws: VideoAnalysisError.self) { try ModelDetector(model: model, threads: 2) }
        #expect(error.code == .badSetting && error.message.contains("/no/such/model.onnx"))
    }

    // MARK: Empty stripes of the input

    /// In the middle of the upper third of a picture that leaves three eighths of the input empty.
    @Test(arguments: Inference.allCases.filter(\.isBuiltIn))
    func whatThePictureDoesNotCoverIsNotComputed(inference: Inference) throws {
        let onnx = ONNXFile(inputShape: [1, 3, 128, 128], outputs: [.grids(name: "o")]).bytes
        var manifest = Self.manifest(.yolox, labels: ["person"], letterbox: .topleft)
        (manifest.input.width, manifest.input.height, manifest.input.range) = (128, 128, 0...1)
        manifest.input.pad = 0
        let image = try Image(width: 256, height: 160, format: .bgr8) { pixels, stride in
            for index in pixels.indices { pixels[index] = 0 }
            for row in 32..<48 {
                for column in 3 * 96..<3 * 112 { pixels[row * stride + column] = 255 }
            }
        }
        let whole = try DetectionNetwork(onnx: onnx, manifest: manifest, inference: inference)
        let trimmed = try DetectionNetwork(
            onnx: onnx, manifest: manifest, imageSize: (256, 160), inference: inference)
        #expect(whole.input.width == 128 && whole.input.height == 128)
        #expect(trimmed.input.width == 128 && trimmed.input.height == 96)
        let found = try trimmed.detect(in: image)
        Self.expect(found, [(BoundingBox(x1: 88, y1: 24, x2: 104, y2: 40), 1, 0, "person")])
        #expect(try whole.detect(in: image) == found)
    }

    @Test func anInputThatTheFileDeclaresOtherwiseIsRefusedWhateverTheImages() throws {
        let onnx = ONNXFile(inputShape: [1, 3, 128, 128], outputs: [.grids(name: "o")]).bytes
        var manifest = Self.manifest(.yolox, labels: ["person"], letterbox: .topleft)
        (manifest.input.width, manifest.input.height) = (128, 160)
        let error = try #require(throws: VideoAnalysisError.self) {
            try DetectionNetwork(onnx: onnx, manifest: manifest, imageSize: (256, 160))
        }
        #expect(error.code == .badSetting && error.message.contains("[1, 3, 128, 128]"))
    }

    /// Its table has the places of the declared size, whatever it is run on.
    @Test func aNetworkThatOnlyTakesItsDeclaredSizeIsRunOnThat() throws {
        let values = Self.table(rows: 84, columns: 6, [0: [0, 0, 0, 0, 1, 1]])
        let onnx = ONNXFile(
            inputShape: [1, 3, 64, 64], outputs: [.constant(name: "o", shape: [1, 84, 6], values: values)]
        ).bytes
        var manifest = Self.manifest(.yolox, labels: ["person"], letterbox: .topleft)
        (manifest.input.width, manifest.input.height) = (64, 64)
        let network = try DetectionNetwork(onnx: onnx, manifest: manifest, imageSize: (64, 32))
        #expect(network.input.width == 64 && network.input.height == 64)
        #expect(try network.detect(in: Self.picture()).count == 1)
    }

    @Test(arguments: [
        (ModelManifest.Letterbox.topleft, 768, 576, 416, 320), (.topleft, 1920, 1080, 416, 256),
        (.center, 1080, 1920, 256, 416), (.none, 1920, 1080, 416, 416), (.topleft, 500, 500, 416, 416),
        (.topleft, 4000, 10, 416, 32),
    ])
    func trimmedInputsAreMultiplesOfTheStride(
        letterbox: ModelManifest.Letterbox, width: Int, height: Int, wantedWidth: Int, wantedHeight: Int
    ) {
        var input = Self.manifest(.yolox, letterbox: letterbox).input
        (input.width, input.height) = (416, 416)
        let place = InputPlacement(imageWidth: width, imageHeight: height, input: input)
        let trimmed = place.trimmed(input, stride: 32)
        #expect(trimmed.width == wantedWidth && trimmed.height == wantedHeight)
        let again = InputPlacement(imageWidth: width, imageHeight: height, input: trimmed)
        #expect(again.width == place.width && again.height == place.height)
    }

    // MARK: Threads

    /// A network whose one score is the mean of the image, so that each frame has an answer of its own.
    @Test(arguments: [1, 2, 4])
    func framesAheadAreAnsweredInTheirOrder(threads: Int) async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "model.onnx").path
            let file = ONNXFile(outputs: [.scoredByBrightness(name: "o", rows: 63)])
            try Data(file.bytes).write(to: URL(filePath: path))
            var manifest = Self.manifest(.yolov5, labels: ["person"])
            manifest.input.range = 0...1
            var detector = try ModelDetector(
                model: ModelFile(path: path, sha256: "0", manifest: manifest), threads: threads)
            #expect(detector.framesAhead == threads)
            let frames = try (0..<20).map { index in
                DecodedFrame(
                    frameNumber: Int64(index), timestamp: Double(index),
                    image: try Image(width: 8, height: 8, format: .bgr8) { pixels, _ in
                        for place in pixels.indices { pixels[place] = UInt8(100 + index * 5) }
                    })
            }
            var waiting = ArraySlice<DecodedFrame>()
            var found: [[Detection]] = []
            for frame in frames {
                try detector.expect(frame)
                waiting.append(frame)
                if waiting.count > detector.framesAhead {
                    found.append(try detector.detect(in: waiting.removeFirst(), predictions: []))
                }
            }
            while let frame = waiting.popFirst() { found.append(try detector.detect(in: frame, predictions: [])) }
            #expect(found.count == 20)
            for (index, detections) in found.enumerated() {
                let confidence = try #require(detections.first?.confidence)
                #expect(abs(confidence - Float(100 + index * 5) / 255) < 1e-4)
            }
        }
    }

    @Test func aDetectorMayEndWhileFramesWait() async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "model.onnx").path
            let file = ONNXFile(outputs: [.scoredByBrightness(name: "o", rows: 63)])
            try Data(file.bytes).write(to: URL(filePath: path))
            var detector: ModelDetector? = try ModelDetector(
                model: ModelFile(path: path, sha256: "0", manifest: Self.manifest(.yolov5, labels: ["person"])),
                threads: 2)
            for index in 0..<10 {
                try detector?.expect(
                    DecodedFrame(frameNumber: Int64(index), timestamp: 0, image: try Self.picture()))
            }
            detector = nil
        }
    }

    @Test func fingerprintHoldsTheDigestAndTheManifest() {
        let plain = ModelFile(path: "/a/x.onnx", sha256: "abc", manifest: Self.manifest(.yolox))
        let moved = ModelFile(path: "/b/y.onnx", sha256: "abc", manifest: Self.manifest(.yolox))
        let other = ModelFile(path: "/a/x.onnx", sha256: "abd", manifest: Self.manifest(.yolox))
        let labelled = ModelFile(path: "/a/x.onnx", sha256: "abc", manifest: Self.manifest(.yolox, labels: ["a", "b"]))
        func fingerprint(_ model: ModelFile) -> String { AnalysisSettings(detector: .model(model)).fingerprint }
        #expect(fingerprint(plain) == fingerprint(moved))
        #expect(fingerprint(plain).contains("abc"))
        #expect(Set([plain, other, labelled].map(fingerprint)).count == 3)
        #expect(fingerprint(plain) != AnalysisSettings().fingerprint)
    }
}
