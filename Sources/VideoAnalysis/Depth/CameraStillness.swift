/// Tells a still camera from a moving one by comparing thumbnails over time.
///
/// A thumbnail is compared with the one before and with one some time ago: whatever shift brings the most pixels to
/// agree is the camera's. People who walk by change few pixels and move no camera.
struct CameraStillness {
    private static let width = 64
    private static let height = 36
    private static let reach = 3
    private static let longAgo = 8

    private var history: [[UInt8]] = []
    private var comparisons = 0
    private var shifted = 0

    /// Whether there is reason to believe that the camera stands still.
    var isStill: Bool { Double(shifted) <= 0.1 * Double(comparisons) }

    /// Takes about one frame per second.
    mutating func append(_ image: Image) throws(VideoAnalysisError) {
        let small = try image.resized(width: Self.width, height: Self.height).gray()
        let thumbnail = small.withBytes { pixels, stride in
            (0..<Self.height).flatMap { row in pixels[row * stride..<row * stride + Self.width] }
        }
        let references = [history.last, history.count >= Self.longAgo ? history.first : nil]
        for reference in references.compactMap({ $0 }) {
            comparisons += 1
            if Self.isShifted(reference, thumbnail) { shifted += 1 }
        }
        history.append(thumbnail)
        if history.count > Self.longAgo { history.removeFirst() }
    }

    private static func isShifted(_ before: [UInt8], _ after: [UInt8]) -> Bool {
        let still = difference(before, after, dx: 0, dy: 0)
        var best = still
        for dy in -reach...reach {
            for dx in -reach...reach where (dx, dy) != (0, 0) {
                best = min(best, difference(before, after, dx: dx, dy: dy))
            }
        }
        // A cut leaves nothing alike under any shift.
        return best < 0.75 * still - 0.5 || best > 24
    }

    /// The median over rows of the mean absolute difference: what moves in a few rows does not count.
    private static func difference(_ before: [UInt8], _ after: [UInt8], dx: Int, dy: Int) -> Double {
        var rows: [Int] = []
        for y in reach..<height - reach {
            var sum = 0
            for x in reach..<width - reach {
                sum += abs(Int(before[y * width + x]) - Int(after[(y + dy) * width + x + dx]))
            }
            rows.append(sum)
        }
        rows.sort()
        return Double(rows[rows.count / 2]) / Double(width - 2 * reach)
    }
}
