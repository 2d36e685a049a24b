import Foundation

/// The Gaussian windows in which ``ImageDescriptor`` sums up a channel of 64 x 64 pixels.
struct DescriptorWindows: Sendable {
    /// For pictures that a view of ``ImageDescriptor/embedViews(of:)`` places exactly: wide enough for what is 4 % of
    /// the picture off.
    static let frames = DescriptorWindows(innerDeviation: 0.06, growth: 0.06)
    /// Wide, since a box never fits its object in the same way twice.
    static let objects = DescriptorWindows(innerDeviation: 0.06, growth: 0.2)

    /// Distance from the middle, 1 at the edges; number of windows; the first one's angle in windows.
    private static let rings: [(radius: Double, count: Int, phase: Double)] = [
        (0, 1, 0), (0.22, 5, 0), (0.5, 10, 0.5), (0.8, 16, 0),
    ]
    /// How far a ring is pulled from a circle (0) to a square (1), since pictures have corners.
    private static let squareness = 0.8

    /// A window is cut off at so many standard deviations.
    private static let reach = 3.0

    /// Weights of successive pixels, with the sum 1.
    fileprivate struct Weights: Sendable {
        let first: Int
        let values: [Float]

        init(around centre: Double, deviation: Double) {
            let side = DescriptorChannels.side
            let distances = (0..<side).map { (Double($0) + 0.5) / Double(side) * 2 - 1 - centre }
            let inside = distances.indices.filter { abs(distances[$0]) <= reach * deviation }
            let weights = inside.map { exp(-distances[$0] * distances[$0] / (2 * deviation * deviation)) }
            let sum = weights.reduce(0, +)
            first = inside.first ?? 0
            values = weights.map { Float($0 / sum) }
        }
    }

    /// Separable.
    fileprivate struct Window: Sendable {
        let rows: Weights
        let columns: Weights
    }

    private let windows: [Window]

    /// - Parameters:
    ///   - innerDeviation: A window's standard deviation in the middle.
    ///   - growth: How it grows with the distance.
    private init(innerDeviation: Double, growth: Double) {
        windows = Self.rings.flatMap { ring in
            (0..<ring.count).map { index in
                let angle = 2 * Double.pi * (Double(index) + ring.phase) / Double(ring.count)
                let pull = 1 + (1 / max(abs(cos(angle)), abs(sin(angle))) - 1) * Self.squareness
                let radius = ring.radius * pull
                let deviation = innerDeviation + growth * radius
                return Window(
                    rows: Weights(around: radius * sin(angle), deviation: deviation),
                    columns: Weights(around: radius * cos(angle), deviation: deviation))
            }
        }
    }

    /// A channel's weighted mean in each window.
    func sums(of channel: [Float]) -> [Float] {
        channel.withUnsafeBufferPointer { channel in windows.map { $0.sum(of: channel) } }
    }
}

extension DescriptorWindows.Window {
    fileprivate func sum(of channel: UnsafeBufferPointer<Float>) -> Float {
        columns.values.withUnsafeBufferPointer { columnWeights in
            var sum: Float = 0
            for (row, rowWeight) in rows.values.enumerated() {
                let start = (rows.first + row) * DescriptorChannels.side + columns.first
                var inRow: Float = 0
                for column in 0..<columnWeights.count { inRow += columnWeights[column] * channel[start + column] }
                sum += rowWeight * inRow
            }
            return sum
        }
    }
}
