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

    @Test(arguments: ModelManifest.Subject.allCases)
    func vectorsAreOfLengthOneWhateverThePicture(subject: ModelManifest.Subject) throws {
        let flat = try Image.filled(width: 3, height: 500, color: .black)
        let gray = try Image(width: 1, height: 1, format: .gray8, bytes: [255])
        for image in [flat, gray, try scene(1)] {
            for embedding in try ImageDescriptor(of: subject).embedViews(of: image) {
                #expect(embedding.count == ImageDescriptor.dimensions)
                let squares = embedding.map { Double($0) * Double($0) }
                #expect(isClose(squares.reduce(0, +), 1, within: 1e-4))
                #expect(!embedding.contains { !$0.isFinite })
            }
        }
    }

    private static let changes = ["scaled", "cropped", "brighter", "compressed"]

    private func changed(_ image: Image, _ change: String) throws -> Image {
        let (width, height) = (Float(image.width), Float(image.height))
        switch change {
        case "scaled": return try image.resized(width: image.width * 5 / 8, height: image.height * 5 / 8)
        case "cropped":
            return try image.cropped(
                to: BoundingBox(x1: 0.05 * width, y1: 0.05 * height, x2: 0.95 * width, y2: 0.95 * height))
        case "brighter":
            return try image.drawing { canvas throws(VideoAnalysisError) in
                try canvas.fill(
                    BoundingBox(x1: 0, y1: 0, x2: width, y2: height), color: .white, opacity: 0.2)
            }
        default: return try Image(decoding: try image.encodedJPEG(quality: 15))
        }
    }

    /// 100 drawn scenes, and a second of a real
    /// camera that stands still for each of 8.
    @Test func aChangedFrameFindsItsOriginalFirst() async throws {
        let path = try await TestVideo.sample(seconds: 8)
        try await onThread {
            let real = try DecodedVideo.images(of: path, every: 10)
            #expect(real.count == 8)
            let originals = try real + (0..<100).map { try scene($0) }
            let descriptor = ImageDescriptor(of: .frames)
            let known = try originals.map { try descriptor.embed($0) }
            let asked = Array(0..<8) + stride(from: 8, to: originals.count, by: 5)
            for change in Self.changes {
                let found = try asked.count { number in
                    let views = try descriptor.embedViews(of: try changed(originals[number], change))
                    let distances = known.map { vector in views.map { distance(vector, $0) }.min() ?? .infinity }
                    return distances.indices.min { distances[$0] < distances[$1] } == number
                }
                #expect(Double(found) >= 0.95 * Double(asked.count), "\(change): \(found) of \(asked.count)")
            }
        }
    }

    @Test func aPartOfAFrameIsNearerToItByTheViewWithMargins() throws {
        let whole = try scene(7)
        let descriptor = ImageDescriptor(of: .frames)
        let vector = try descriptor.embed(whole)
        let views = try descriptor.embedViews(of: try changed(whole, "cropped"))
        #expect(views.count == 2)
        #expect(distance(views[1], vector) < distance(views[0], vector))
        // A crop of an object has no margins that could be missing.
        #expect(try ImageDescriptor(of: .objects).embedViews(of: whole).count == 1)
    }

    @Test func framesAndObjectsHaveModelsOfTheirOwn() throws {
        let settings = AnalysisSettings()
        let frames = try settings.makeFrameEmbedder()
        let objects = try settings.makeObjectEmbedder()
        #expect(frames.modelName == "framelake-frame-2")
        #expect(objects.modelName == "framelake-object-2")
        #expect(settings.fingerprint.contains(#""embeddings":["framelake-frame-2","framelake-object-2"]"#))
    }
}
