import Testing

@testable import VideoAnalysis

@Suite struct HOGDetectorTests {
    private static let framesPerSecond = 5.0

    private static func detect(
        _ count: Int, predictions: [BoundingBox] = [], scene: (Int) -> DrawnScene
    ) throws -> [[Detection]] {
        var detector = try HOGDetector(threads: 1)
        return try (0..<count).map { number in
            try detector.detect(
                in: scene(number).frame(number, framesPerSecond: framesPerSecond), predictions: predictions)
        }
    }

    @Test func findsADrawnPersonWhoWalksBeforeAWall() throws {
        let results = try Self.detect(15) { DrawnScene(people: [(60 + Float($0) * 12, 200)]) }
        for (number, detections) in results.enumerated() where number >= 2 {
            let truth = BoundingBox(x1: 45 + Float(number) * 12, y1: 104, x2: 75 + Float(number) * 12, y2: 200)
            let best = try #require(detections.max { $0.confidence < $1.confidence })
            #expect(best.className == "person")
            #expect(best.confidence > 0.7)
            #expect(best.box.overlap(with: truth) > 0.5, "frame \(number): \(best.box)")
        }
    }

    @Test func aMovingThingThatIsNoPersonIsAMovingObject() throws {
        func truth(_ number: Int) -> BoundingBox {
            let x = 10 + Float(number - 12) * 85
            return BoundingBox(x1: x, y1: 150, x2: x + 80, y2: 190)
        }
        let results = try Self.detect(18) { DrawnScene(width: 640, boxes: $0 < 12 ? [] : [truth($0)]) }
        for (number, detections) in results.enumerated() where number >= 12 {
            let objects = detections.filter { $0.classID == ObjectClass.movingObject.id && $0.confidence > 0.85 }
            #expect(objects.count == 1, "frame \(number)")
            #expect(objects.allSatisfy { $0.box.overlap(with: truth(number)) > 0.7 })
        }
    }

    @Test func nothingMovesOnAStillScene() throws {
        for detections in try Self.detect(10, scene: { _ in DrawnScene() }) {
            #expect(detections.allSatisfy { $0.confidence < 0.5 })
            #expect(!detections.contains { $0.classID == ObjectClass.movingObject.id })
        }
    }

    @Test(arguments: [3, 8, 20])
    func aPanDoesNotFloodTheResultWithMovingObjects(pixelsPerFrame: Int) throws {
        let results = try Self.detect(12) { DrawnScene(offset: $0 * pixelsPerFrame) }
        #expect(!results.joined().contains { $0.classID == ObjectClass.movingObject.id })
    }

    @Test func aSwitchedLightDoesNotFloodTheResultEither() throws {
        let results = try Self.detect(12) { number in
            DrawnScene(boxes: number < 6 ? [] : [BoundingBox(x1: 0, y1: 0, x2: 320, y2: 240)])
        }
        #expect(!results.joined().contains { $0.classID == ObjectClass.movingObject.id })
    }

    @Test(arguments: [(1, 1), (2, 2), (16, 16), (63, 127), (64, 128), (640, 2), (2, 480)])
    func framesOfAnySizeAreAccepted(width: Int, height: Int) throws {
        let wild = [
            BoundingBox(x1: .nan, y1: 0, x2: 10, y2: 10), BoundingBox(x1: -1e30, y1: -1e30, x2: 1e30, y2: 1e30),
            BoundingBox(x1: 5, y1: 5, x2: 1, y2: 1),
        ]
        let results = try Self.detect(4, predictions: wild) { _ in DrawnScene(width: width, height: height) }
        #expect(results.count == 4)
    }

    @Test func theSameFramesGiveTheSameDetections() throws {
        func run() throws -> [[Detection]] {
            try Self.detect(8) { DrawnScene(people: [(60 + Float($0) * 12, 200)]) }
        }
        let first = try run()
        #expect(try run() == first)
    }

    @Test func aThreadCountOfZeroIsRefused() {
        #expect(throws: VideoAnalysisError.self) { _ = try HOGDetector(threads: 0) }
    }
}
