import Testing

@testable import VideoAnalysis

@Suite struct ImageCodingTests {
    /// Colours that change slowly over the picture, all of them.
    private func gradient(_ width: Int, _ height: Int) throws -> Image {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let blue = x * 255 / width
                let green = y * 255 / height
                let red = 255 - (x + y) * 255 / (width + height)
                bytes += [UInt8(blue), UInt8(green), UInt8(red)]
            }
        }
        return try Image(width: width, height: height, format: .bgr8, bytes: bytes)
    }

    private func meanDifferences(_ one: Image, _ other: Image) -> [Double] {
        var sums = [0.0, 0.0, 0.0]
        for y in 0..<one.height {
            for x in 0..<one.width {
                for (channel, pair) in zip(one.pixel(x, y), other.pixel(x, y)).enumerated() {
                    sums[channel] += Double(abs(pair.0 - pair.1))
                }
            }
        }
        return sums.map { $0 / Double(one.width * one.height) }
    }

    @Test(arguments: [(80, 64), (81, 57)])
    func jpegKeepsSizeAndColours(width: Int, height: Int) throws {
        let image = try gradient(width, height)
        let read = try Image(decoding: try image.encodedJPEG(quality: 95))
        #expect(read.size == [width, height])
        #expect(meanDifferences(image, read).allSatisfy { $0 < 3 })
    }

    /// The whole range of brightness, 0 and 255, comes back: neither end is cut off or pulled in.
    @Test(arguments: [Color.black, .white, Color(red: 255, green: 0, blue: 0), Color(red: 0, green: 0, blue: 255)])
    func jpegKeepsPureColours(color: Color) throws {
        let read = try Image(
            decoding: try Image.filled(width: 64, height: 48, color: color).encodedJPEG(quality: 90))
        let expected = [color.blue, color.green, color.red].map { Int($0) }
        #expect(zip(read.pixel(30, 20), expected).allSatisfy { abs($0 - $1) <= 3 })
    }

    @Test func jpegOfAGrayPictureIsGray() throws {
        let gray = try gradient(64, 48).gray()
        let read = try Image(decoding: try gray.encodedJPEG(quality: 95))
        let value = gray.withBytes { pixels, stride in Int(pixels[30 * stride + 20]) }
        #expect(read.pixel(20, 30).allSatisfy { abs($0 - value) <= 3 })
    }

    @Test func lowerQualityTakesFewerBytes() throws {
        let image = try gradient(80, 60)
        let sizes = try [100, 85, 50, 10, 0].map { try image.encodedJPEG(quality: $0).count }
        #expect(sizes == sizes.sorted(by: >))
    }

    @Test func theSamePixelsGiveTheSameBytes() throws {
        let image = try gradient(97, 61)
        #expect(try image.encodedJPEG() == image.encodedJPEG())
        #expect(try image.encodedPNG() == image.encodedPNG())
    }

    @Test func sixteenBitsAreRefusedAsJPEG() throws {
        let depth = try Image(width: 2, height: 1, format: .gray16, bytes: [0, 0, 1, 1])
        #expect(throws: VideoAnalysisError.self) { try depth.encodedJPEG() }
    }

    @Test(
        arguments: [[], [0x89, 0x50], Array("GIF89a".utf8), [0xFF, 0xD8, 0xFF], [UInt8](repeating: 0, count: 100)]
            as [[UInt8]])
    func bytesOfNoPictureAreRefused(bytes: [UInt8]) {
        #expect(throws: VideoAnalysisError.self) { try Image(decoding: bytes) }
    }

    @Test func aPictureThatClaimsToBeHugeIsRefusedBeforeItIsRead() throws {
        var png = try gradient(4, 4).encodedPNG()
        png.replaceSubrange(16..<24, with: [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF])
        var error = #expect(throws: VideoAnalysisError.self) { try Image(decoding: png) }
        #expect(error?.code == .tooLarge)
        error = #expect(throws: VideoAnalysisError.self) {
            try Image(decoding: try gradient(40, 40).encodedJPEG(), maximumPixels: 1599)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [true, false])
    func aTruncatedPictureIsRefused(isPNG: Bool) throws {
        let image = try gradient(64, 64)
        let whole = try isPNG ? image.encodedPNG() : image.encodedJPEG()
        for count in stride(from: 0, to: whole.count, by: 41) {
            let error = #expect(throws: VideoAnalysisError.self) { try Image(decoding: Array(whole.prefix(count))) }
            #expect(error?.code == .notAVideo)
        }
    }

    @Test func aDamagedPNGIsRefused() throws {
        var png = try gradient(64, 64).encodedPNG()
        png[png.count / 2] ^= 0x55
        let error = #expect(throws: VideoAnalysisError.self) { try Image(decoding: png) }
        #expect(error?.code == .notAVideo)
    }

    /// A compressed text can be made to fill memory; this one's checksum would be refused if it were looked at.
    @Test func chunksThatThePixelsDoNotNeedAreNotRead() throws {
        let image = try gradient(8, 8)
        var png = try image.encodedPNG()
        png.insert(contentsOf: [0, 0, 0, 2] + Array("zTXt".utf8) + [1, 2, 9, 9, 9, 9], at: 33)
        #expect(try Image(decoding: png).pixel(5, 6) == image.pixel(5, 6))
    }

    @Test func aJPEGWithScansWithoutEndIsRefused() {
        let frame: [UInt8] = [0xFF, 0xC2, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0]
        let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3]
        func header(scans: Int) -> ImageHeader? {
            ImageHeader([0xFF, 0xD8] + frame + (0..<scans).flatMap { _ in scan } + [0xFF, 0xD9])
        }
        #expect(header(scans: 12)?.isComplete == true)
        #expect(header(scans: 12)?.width == 16)
        #expect(header(scans: 1000) == nil)
    }

    /// Each of the eight turns white from the stored picture's left half to where a viewer shows it.
    @Test(
        arguments: [
            (1, [32, 16], [4, 8]), (2, [32, 16], [28, 8]), (3, [32, 16], [28, 8]), (4, [32, 16], [4, 8]),
            (5, [16, 32], [8, 4]), (6, [16, 32], [8, 4]), (7, [16, 32], [8, 28]), (8, [16, 32], [8, 28]),
        ] as [(UInt8, [Int], [Int])])
    func jpegIsTurnedAsExifSays(orientation: UInt8, size: [Int], white: [Int]) throws {
        let stored = try Image.filled(width: 32, height: 16, color: .black).drawing {
            canvas throws(VideoAnalysisError) in
            try canvas.fill(BoundingBox(x1: 0, y1: 0, x2: 16, y2: 16), color: .white)
        }
        let directory: [UInt8] = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        let exif: [UInt8] = Array("Exif\0\0MM".utf8) + [0, 42, 0, 0, 0, 8] + directory
        var jpeg = try stored.encodedJPEG()
        jpeg.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif, at: 2)
        let read = try Image(decoding: jpeg)
        #expect(read.size == size)
        #expect(read.pixel(white[0], white[1])[0] > 240)
        #expect(read.pixel(size[0] - 1 - white[0], size[1] - 1 - white[1])[0] < 15)
    }
}
