import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct ImageDescriptorTests {
    private func distance(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// A picture of coloured rectangles, another one for each number.
    private func scene(_ number: Int) throws -> Image {
        var random = LinearRandom()
        for _ in 0..<number * 61 { _ = random.next() }
        func level() -> UInt8 { UInt8(random.next() * 200) }
        return try Image.filled(width: 320, height: 240, color: Color(red: level(), green: level(), blue: level()))
            .drawing { canvas throws(VideoAnalysisError) in
                for _ in 0..<9 {
                    let box = BoundingBox(
                        x: Float(random.next() * 280) - 20, y: Float(random.next() * 200) - 20,
                        width: Float(20 + random.next() * 120), height: Float(20 + random.next() * 90))
                    try canvas.fill(box, color: Color(red: level(), green: level(), blue: level()))
                }
            }
    }

    @Test func vectorsAreOfLengthOneWhateverThePicture() throws {
        let flat = try Image.filled(width: 3, height: 500, color: .black)
        let gray = try Image(width: 1, height: 1, format: .gray8, bytes: [255])
        for image in [flat, gray, try scene(1)] {
            let embedding = try ImageDescriptor().embedding(of: image)
            #expect(embedding.count == 512)
            let squares = embedding.map { Double($0) * Double($0) }
            #expect(isClose(squares.reduce(0, +), 1, within: 1e-4))
            #expect(!embedding.contains { !$0.isFinite })
        }
    }

    @Test(arguments: ["scaled", "cropped", "brighter", "compressed"])
    func aChangedPictureFindsItsOriginalFirst(change: String) throws {
        let descriptor = ImageDescriptor()
        let originals = try (0..<60).map { try scene($0) }
        let known = try originals.map { try descriptor.embedding(of: $0) }
        var found = 0
        for (number, original) in originals.enumerated() {
            let changed =
                switch change {
                case "scaled": try original.resized(width: 200, height: 150)
                case "cropped": try original.cropped(to: BoundingBox(x1: 16, y1: 12, x2: 304, y2: 228))
                case "brighter":
                    try original.drawing { canvas throws(VideoAnalysisError) in
                        try canvas.fill(
                            BoundingBox(x1: 0, y1: 0, x2: 320, y2: 240), color: .white, opacity: 0.2)
                    }
                default: try Image(decoding: try original.encodedJPEG(quality: 15))
                }
            let wanted = try descriptor.embedding(of: changed)
            let nearest = known.indices.min { distance(known[$0], wanted) < distance(known[$1], wanted) }
            if nearest == number { found += 1 }
        }
        #expect(found >= 57)
    }

    @Test func aSearchedPictureHasTheVectorOfItsFrame() throws {
        let image = try scene(3)
        let embedder = try FrameEmbedder(settings: AnalysisSettings())
        #expect(embedder.modelName == "framelake-frame-1")
        #expect(try embedder.embed(image) == ImageDescriptor().embedding(of: image))
    }
}

@Suite struct BestViewsTests {
    private func object(_ box: BoundingBox, _ confidence: Float, tracklet: Int) -> TrackedObject {
        TrackedObject(
            detection: Detection(box: box, confidence: confidence, objectClass: .person), trackID: nil,
            tracklet: tracklet)
    }

    @Test func theFreestLargestSurestLookWins() throws {
        let image = try Image.filled(width: 200, height: 200, color: .black)
        var views = BestViews()
        func see(_ number: Int64, _ objects: [TrackedObject]) throws {
            try views.append(objects, in: DecodedFrame(frameNumber: number, timestamp: Double(number), image: image))
        }
        let small = BoundingBox(x: 20, y: 20, width: 10, height: 30)
        let large = BoundingBox(x: 20, y: 20, width: 40, height: 100)
        try see(0, [object(small, 0.9, tracklet: 1)])
        try see(1, [object(large, 0.9, tracklet: 1), object(large, 0.5, tracklet: 2)])
        #expect(views[1]?.frameNumber == 0)
        try see(2, [object(large, 0.9, tracklet: 1)])
        #expect(views[1]?.frameNumber == 2)
        try see(3, [object(large, 0.3, tracklet: 1)])
        #expect(views[1]?.frameNumber == 2)
        #expect(views[1]?.crop.width == 64)
        views.removeAll(before: 2)
        #expect(views[2] == nil)
        #expect(views[1] != nil)
    }
}
