import Testing

@testable import VideoAnalysis

@Suite struct ImageTests {
    private func ramp(_ width: Int, _ height: Int) throws -> Image {
        let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }
        return try Image(width: width, height: height, format: .bgr8, bytes: bytes)
    }

    @Test(arguments: [(1, 1), (2, 2), (37, 23), (33, 5)])
    func pngKeepsEveryPixel(width: Int, height: Int) throws {
        let image = try ramp(width, height)
        let read = try Image(decoding: try image.encodedPNG())
        #expect(read.size == [width, height])
        for y in 0..<height {
            for x in 0..<width { #expect(read.pixel(x, y) == image.pixel(x, y)) }
        }
    }

    @Test func pngKeepsSixteenBits() throws {
        let values: [UInt16] = [0, 1, 255, 256, 40_000, 65_535]
        let image = try Image(
            width: 3, height: 2, format: .gray16, bytes: values.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        let read = try Image(decoding: try image.encodedPNG())
        #expect(read.format == .gray16)
        let back = read.withBytes { pixels, stride in
            (0..<6).map { pixels.loadUnaligned(fromByteOffset: $0 / 3 * stride + $0 % 3 * 2, as: UInt16.self) }
        }
        #expect(back == values)
    }

    @Test(
        arguments: [
            (BoundingBox(x1: 2, y1: 3, x2: 7, y2: 9), 5, 6),
            (BoundingBox(x1: 2.5, y1: 3.5, x2: 6.5, y2: 8.5), 5, 6),
            (BoundingBox(x1: -50, y1: -50, x2: 500, y2: 500), 20, 10),
            (BoundingBox(x1: 100, y1: 100, x2: 200, y2: 200), 1, 1),
            (BoundingBox(x1: 5, y1: 5, x2: 5, y2: 5), 1, 1),
        ] as [(BoundingBox, Int, Int)])
    func cropStaysInside(box: BoundingBox, width: Int, height: Int) throws {
        let crop = try ramp(20, 10).cropped(to: box)
        #expect(crop.size == [width, height])
    }

    @Test func cropOfABoxThatIsNoNumberIsRefused() throws {
        let image = try ramp(20, 10)
        #expect(throws: VideoAnalysisError.self) {
            try image.cropped(to: BoundingBox(x1: .nan, y1: 0, x2: 5, y2: 5))
        }
    }

    @Test func drawingLeavesTheOriginalAlone() throws {
        let image = try Image.filled(width: 40, height: 30, color: .black)
        let drawn = try image.drawing { canvas throws(VideoAnalysisError) in
            try canvas.fill(BoundingBox(x1: -10, y1: -10, x2: 20, y2: 15), color: .white)
            try canvas.stroke(BoundingBox(x1: .nan, y1: -1e9, x2: 1e9, y2: .infinity), color: .white)
            try canvas.text("text", x: 1e6, baseline: -1e6, size: 8, color: .white)
        }
        #expect(image.pixel(5, 5) == [0, 0, 0])
        #expect(drawn.pixel(19, 14) == [255, 255, 255])
        #expect(drawn.pixel(21, 14) == [0, 0, 0])
    }

    @Test func medianForgetsWhatPassesBy() throws {
        let street = try Image.filled(width: 8, height: 8, color: Color(red: 10, green: 20, blue: 30))
        let passing = try street.drawing { canvas throws(VideoAnalysisError) in
            try canvas.fill(BoundingBox(x1: 2, y1: 2, x2: 6, y2: 6), color: .white)
        }
        #expect(try Image.median(of: [street, passing, street]).pixel(4, 4) == [30, 20, 10])
        #expect(throws: VideoAnalysisError.self) { try Image.median(of: []) }
        let other = try Image.filled(width: 9, height: 8, color: .black)
        #expect(throws: VideoAnalysisError.self) { try Image.median(of: [street, other]) }
    }

    @Test(arguments: [(0, 1), (1, 0), (-1, 5), (70_000, 1)])
    func impossibleSizesAreRefused(width: Int, height: Int) {
        #expect(throws: VideoAnalysisError.self) {
            try Image(width: width, height: height, format: .gray8) { _, _ throws(VideoAnalysisError) in }
        }
    }
}
