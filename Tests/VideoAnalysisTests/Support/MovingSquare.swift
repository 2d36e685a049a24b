import Testing

@testable import VideoAnalysis

/// A drawn video of 240 x 48 pixels, in which a white square of 16 goes to the right over black, and where it was seen.
struct MovingSquare: Sendable {
    struct Seen: Sendable {
        var timestamp: Double
        /// The square's left edge.
        var x: Double
    }

    /// ffmpeg's.
    var arguments: [String]
    /// Pixels a second.
    var speed: Double

    static func input(rate: Int = 25, seconds: Double = 1, speed: Double = 200) -> MovingSquare {
        let common = "r=\(rate):d=\(seconds)"
        let graph =
            "color=black:s=240x48:\(common)[ground];color=white:s=16x16:\(common)[square];"
            + "[ground][square]overlay=x=\(speed)*t:y=16:format=yuv444"
        return MovingSquare(arguments: ["-f", "lavfi", "-i", graph], speed: speed)
    }

    func x(at seconds: Double) -> Double { speed * seconds }

    /// The square's place in every frame of a video that is 240 pixels wide, or stretched to another width.
    static func seen(in path: String) async throws -> [Seen] {
        try await onThread {
            let decoder = try VideoDecoder(path: path, limits: DecodedVideo.limits)
            var result: [Seen] = []
            while let time = try decoder.next() {
                let image = try decoder.currentImage()
                let row = image.height / 2
                let white = (0..<image.width).filter { image.pixel($0, row)[1] > 128 }
                let left = try #require(white.first, "no square at \(time.timestamp)")
                let scale = 240 / Double(image.width)
                result.append(Seen(timestamp: time.timestamp, x: Double(left) * (scale > 0.99 ? 1 : scale)))
            }
            return result
        }
    }
}
