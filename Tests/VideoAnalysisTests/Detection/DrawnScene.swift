@testable import VideoAnalysis

/// A textured wall, the same in each run, on which people and boxes are drawn.
struct DrawnScene {
    var width = 320
    var height = 240
    /// Where the camera looks, in pixels of the wall.
    var offset = 0
    /// Feet of drawn people, 96 pixels tall.
    var people: [(x: Float, y: Float)] = []
    var boxes: [BoundingBox] = []

    func frame(_ number: Int, framesPerSecond: Double) throws -> DecodedFrame {
        let wall = try Image(width: width, height: height, format: .bgr8) { pixels, stride throws(VideoAnalysisError) in
            for y in 0..<height {
                for x in 0..<width {
                    let value = Self.texture((x + offset) / 6, y / 6)
                    for channel in 0..<3 { pixels[y * stride + x * 3 + channel] = value }
                }
            }
        }
        let image = try wall.drawing { canvas throws(VideoAnalysisError) in
            for person in people { try Self.draw(person, on: canvas) }
            for box in boxes { try canvas.fill(box, color: Color(red: 200, green: 30, blue: 30)) }
        }
        return DecodedFrame(
            frameNumber: Int64(number), timestamp: Double(number) / framesPerSecond, image: image)
    }

    /// Light, with corners to follow.
    private static func texture(_ x: Int, _ y: Int) -> UInt8 {
        var numbers = SeededNumbers(seed: UInt64(truncatingIfNeeded: x &* 7919 &+ y &* 104_729))
        return 200 + UInt8(numbers.next() % 30)
    }

    private static func draw(_ foot: (x: Float, y: Float), on canvas: borrowing Canvas) throws(VideoAnalysisError) {
        let dark = Color(red: 40, green: 40, blue: 45)
        func fill(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) throws(VideoAnalysisError) {
            let box = BoundingBox(x1: foot.x + x1, y1: foot.y + y1, x2: foot.x + x2, y2: foot.y + y2)
            try canvas.fill(box, color: dark)
        }
        try canvas.dot(at: (foot.x, foot.y - 87), radius: 8, color: dark)
        try fill(-13, -78, 13, -44)
        try fill(-11, -44, -2, 0)
        try fill(2, -44, 11, 0)
    }
}
