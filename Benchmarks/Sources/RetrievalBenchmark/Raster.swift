import Foundation
import VideoAnalysis

/// Pixels of blue, green and red, 0 to 255, that can be looked up anywhere.
struct Raster {
    /// Of all frames of the benchmark.
    static let frameWidth = 320
    static let frameHeight = 240

    let width: Int
    let height: Int
    var pixels: [SIMD3<Float>]

    init(width: Int = frameWidth, height: Int = frameHeight, pixels: [SIMD3<Float>]) {
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    init(_ image: Image) {
        let (width, height, size) = (image.width, image.height, image.format.bytesPerPixel)
        let isColor = image.format == .bgr8
        let pixels = image.withBytes { bytes, stride in
            (0..<width * height).map { index in
                let offset = index / width * stride + index % width * size
                return isColor
                    ? SIMD3(Float(bytes[offset]), Float(bytes[offset + 1]), Float(bytes[offset + 2]))
                    : SIMD3(repeating: Float(bytes[offset]))
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    var bytes: [UInt8] {
        pixels.flatMap { pixel in
            let whole = pixel.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255)).rounded(.toNearestOrEven)
            return [UInt8(whole.x), UInt8(whole.y), UInt8(whole.z)]
        }
    }

    /// How far the levels are from their mean.
    var deviation: Float {
        let levels = pixels.map { $0.sum() / 3 }
        let mean = levels.reduce(0, +) / Float(levels.count)
        return (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(levels.count)).squareRoot()
    }

    /// Bilinear; mirrored beyond the edges.
    func color(atX x: Double, y: Double) -> SIMD3<Float> {
        let (left, top) = (floor(x - 0.5), floor(y - 0.5))
        let (acrossShare, downShare) = (Float(x - 0.5 - left), Float(y - 0.5 - top))
        let (x0, x1) = (Self.mirrored(Int(left), width), Self.mirrored(Int(left) + 1, width))
        let (y0, y1) = (Self.mirrored(Int(top), height) * width, Self.mirrored(Int(top) + 1, height) * width)
        let upper = pixels[y0 + x0] * (1 - acrossShare) + pixels[y0 + x1] * acrossShare
        let lower = pixels[y1 + x0] * (1 - acrossShare) + pixels[y1 + x1] * acrossShare
        return upper * (1 - downShare) + lower * downShare
    }

    private static func mirrored(_ position: Int, _ count: Int) -> Int {
        let place = ((position % (2 * count)) + 2 * count) % (2 * count)
        return place < count ? place : 2 * count - 1 - place
    }
}
