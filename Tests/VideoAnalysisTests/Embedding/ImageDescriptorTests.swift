import Foundation
import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct ImageDescriptorTests {
    private func distance(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// A picture of coloured rectangles, another one for each number.
    private func scene(_ number: Int, width: Int = 320, height: Int = 240, boxes: Int = 9) throws -> Image {
        var random = LinearRandom()
        for _ in 0..<number * 61 { _ = random.next() }
        func level() -> UInt8 { UInt8(random.next() * 200) }
        return try Image.filled(width: width, height: height, color: Color(red: level(), green: level(), blue: level()))
            .drawing { canvas throws(VideoAnalysisError) in
                for _ in 0..<boxes {
                    let box = BoundingBox(
                        x: Float(random.next() * Double(width - 40)) - 20,
                        y: Float(random.next() * Double(height - 40)) - 20,
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
            let asked = Array(stride(from: 0, to: 8, by: 2)) + stride(from: 8, to: originals.count, by: 10)
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

    /// A tenth of the width and height is cut off at two sides.
    private func cornerCut(_ image: Image, atLeft: Bool, atTop: Bool) throws -> Image {
        let (width, height) = (Float(image.width), Float(image.height))
        return try image.cropped(
            to: BoundingBox(
                x: atLeft ? 0.1 * width : 0, y: atTop ? 0.1 * height : 0, width: 0.9 * width, height: 0.9 * height))
    }

    /// Each of 25 scenes is seen from four places that lie an eighth of the picture apart, as a camera that moves sees
    /// it: whichever corner is cut off, none of the other pictures may lie nearer.
    @Test func aFrameOfAMovingCameraIsFoundByWhatIsLeftOfIt() throws {
        let frames = try (0..<25).flatMap { number in
            let (scene, width, height) = (try scene(number, width: 880, height: 480, boxes: 60), 640, 480)
            return try (0..<4).map { step in
                try scene.cropped(
                    to: BoundingBox(x: Float(step * width / 8), y: 0, width: Float(width), height: Float(height))
                ).resized(width: width / 2, height: height / 2)
            }
        }
        let descriptor = ImageDescriptor(of: .frames)
        let known = try frames.map { try descriptor.embed($0) }
        let asked = (0..<25).map { 4 * $0 + $0 % 4 }
        let found = try asked.count { number in
            let crop = try cornerCut(frames[number], atLeft: number % 2 == 0, atTop: number % 3 == 0)
            let views = try descriptor.embedViews(of: crop)
            let distances = known.map { vector in views.map { distance(vector, $0) }.min() ?? .infinity }
            return distances.indices.min { distances[$0] < distances[$1] } == number
        }
        #expect(found >= 24, "\(found) of 25")
    }

    @Test(arguments: [true, false], [true, false])
    func aPartOfAFrameIsNearerToItByAViewWithMargins(atLeft: Bool, atTop: Bool) throws {
        let whole = try scene(7)
        let descriptor = ImageDescriptor(of: .frames)
        let vector = try descriptor.embed(whole)
        let distances = try descriptor.embedViews(of: try cornerCut(whole, atLeft: atLeft, atTop: atTop))
            .map { distance($0, vector) }
        // More is missing where more was cut off.
        let nearest = try #require(distances.indices.min { distances[$0] < distances[$1] })
        #expect(nearest == (atLeft ? (atTop ? 5 : 3) : (atTop ? 4 : 2)))
        #expect(distances[nearest] < 0.8 * distances[0])
        // A crop of an object has no margins that could be missing.
        #expect(try ImageDescriptor(of: .objects).embedViews(of: whole).count == 1)
    }

    @Test func framesAndObjectsHaveModelsOfTheirOwn() throws {
        let settings = AnalysisSettings()
        let frames = try settings.makeFrameEmbedder()
        let objects = try settings.makeObjectEmbedder()
        #expect(frames.modelName == "framelake-frame-3")
        #expect(objects.modelName == "framelake-object-2")
        #expect(settings.fingerprint.contains(#""embeddings":["framelake-frame-3","framelake-object-2"]"#))
    }
}
