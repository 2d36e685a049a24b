import Foundation
import Testing

/// A camera over level ground that is known.
struct PinholeScene: Sendable, CustomTestStringConvertible {
    var width = 1280.0
    var height = 720.0
    var focal: Double
    var tiltDegrees: Double
    var cameraHeight: Double

    var testDescription: String { "f \(focal), tilt \(tiltDegrees), height \(cameraHeight)" }

    /// The pixel at which a point `side` metres right of the camera, `ahead` metres away along the ground and `above`
    /// metres over it appears.
    func pixel(side: Double, ahead: Double, above: Double) -> (x: Double, y: Double) {
        let tilt = tiltDegrees * .pi / 180
        let down = cameraHeight - above
        let depth = ahead * cos(tilt) + down * sin(tilt)
        let below = down * cos(tilt) - ahead * sin(tilt)
        return (width / 2 + focal * side / depth, height / 2 + focal * below / depth)
    }
}

/// The same numbers in each run.
struct LinearRandom {
    private var state: UInt64

    init(seed: UInt64 = 42) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<4 { _ = next() }
    }

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }

    /// Of mean 0 and standard deviation 1.
    mutating func normal() -> Double {
        (-2 * log(max(next(), 1e-12))).squareRoot() * cos(2 * .pi * next())
    }
}
