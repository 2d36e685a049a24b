import Testing

@testable import VideoAnalysis

/// All that a decoder gives of a file.
struct DecodedVideo: Sendable {
    var video: VideoDescription
    var timestamps: [Double]
    var firstImage: Image
    var imageSizes: Set<[Int]>
    var corruptPackets: Int64
    var endTimestamp: Double

    static let limits = VideoDecoder.Limits(maximumPixels: 4096 * 4096, maximumSeconds: 3600)

    static func decode(_ path: String, limits: VideoDecoder.Limits = limits) async throws -> DecodedVideo {
        try await onThread {
            let decoder = try VideoDecoder(path: path, limits: limits)
            var timestamps: [Double] = []
            var sizes: Set<[Int]> = []
            var first: Image?
            while let time = try decoder.next() {
                #expect(time.frameNumber == Int64(timestamps.count))
                timestamps.append(time.timestamp)
                let image = try decoder.currentImage()
                sizes.insert([image.width, image.height])
                first = first ?? image
            }
            return DecodedVideo(
                video: decoder.video, timestamps: timestamps, firstImage: try #require(first), imageSizes: sizes,
                corruptPackets: decoder.corruptPackets, endTimestamp: decoder.endTimestamp)
        }
    }
}

extension DecodedVideo {
    /// Every so many frames of a file, blocking the calling thread.
    static func images(of path: String, every interval: Int64) throws -> [Image] {
        let decoder = try VideoDecoder(path: path, limits: limits)
        var images: [Image] = []
        while let time = try decoder.next() {
            if time.frameNumber % interval == 0 { images.append(try decoder.currentImage()) }
        }
        return images
    }
}

func isClose(_ first: Double, _ second: Double, within tolerance: Double) -> Bool {
    abs(first - second) <= tolerance
}

extension Image {
    /// Width and height.
    var size: [Int] { [width, height] }

    /// Blue, green, red.
    func pixel(_ x: Int, _ y: Int) -> [Int] {
        withBytes { pixels, stride in (0..<3).map { Int(pixels[y * stride + x * 3 + $0]) } }
    }
}
