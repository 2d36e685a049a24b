import Foundation

/// Turns the inverse depth of a network, whose scale and shift nobody knows, into metres by people whose distance the
/// ground tells.
///
/// One scale and one shift for the whole video, by least squares on the relative error of depth, reweighted against
/// people that do not fit (Ranftl et al., 2022, align so with what was measured).
struct DisparityAlignment: Hashable {
    /// Where a person stands, and the network's number for that person.
    struct Anchor: Hashable {
        var footX: Double
        var footY: Double
        var footDeviation: Double
        var disparity: Double
    }

    private static let leastAnchors = 20
    /// Of the anchors' depths, the 90th over the 10th percentile: people at one spot tell no shift.
    private static let leastRange = 1.25
    /// Of the relative errors at the anchors, as a standard deviation.
    private static let largestDeviation = 0.2
    private static let passes = 20

    /// `1 / depth = scale * disparity + shift`, depth along the optical axis in metres.
    let scale: Double
    let shift: Double
    /// Of a depth, as a share of it: of the network's numbers, and of the ground.
    let deviation: Double
    private let plane: GroundPlane

    /// - Returns: Nil where the network's numbers do not follow the people's distances.
    init?(_ anchors: [Anchor], on plane: GroundPlane) {
        var points: [(disparity: Double, depth: Double)] = []
        var ground: [Double] = []
        for anchor in anchors {
            guard let found = plane.distance(x: anchor.footX, y: anchor.footY, footDeviation: anchor.footDeviation)
            else { continue }
            points.append((anchor.disparity, found.metres / plane.rayLength(x: anchor.footX, y: anchor.footY)))
            ground.append(found.standardDeviation / found.metres)
        }
        guard points.count >= Self.leastAnchors else { return nil }
        let depths = points.map(\.depth).sorted()
        guard depths[depths.count * 9 / 10] >= Self.leastRange * depths[depths.count / 10] else { return nil }
        var weights = Self.startingWeights(points)
        var (scale, shift, deviation) = (0.0, 0.0, 0.0)
        for _ in 0..<Self.passes {
            guard let line = Self.line(points, weights) else { return nil }
            (scale, shift) = line
            let errors = points.map { abs((scale * $0.disparity + shift) * $0.depth - 1) }
            deviation = Self.deviation(errors)
            weights = Self.weights(errors, deviation)
        }
        guard scale > 0, deviation <= Self.largestDeviation else { return nil }
        let plain = ground.sorted()[ground.count / 2]
        self.scale = scale
        self.shift = shift
        self.deviation = (deviation * deviation + plain * plain).squareRoot()
        self.plane = plane
    }

    /// By the line through two anchors, one of the near half and one of the far, from which the others are off least: one
    /// wrong number far from the rest would turn a line through all of them.
    private static func startingWeights(_ points: [(disparity: Double, depth: Double)]) -> [Double] {
        let sorted = points.sorted { $0.depth < $1.depth }
        let half = sorted.count / 2
        var best = (deviation: Double.infinity, weights: [Double](repeating: 1, count: points.count))
        for index in stride(from: 0, to: half, by: max(1, half / 100)) {
            guard let (scale, shift) = line([sorted[index], sorted[index + half]], [1, 1]), scale > 0 else { continue }
            let errors = points.map { abs((scale * $0.disparity + shift) * $0.depth - 1) }
            let deviation = deviation(errors)
            if deviation < best.deviation { best = (deviation, weights(errors, deviation)) }
        }
        return best.weights
    }

    private static func deviation(_ errors: [Double]) -> Double {
        max(1.4826 * errors.sorted()[errors.count / 2], 1e-6)
    }

    private static func weights(_ errors: [Double], _ deviation: Double) -> [Double] {
        errors.map { 1 / (1 + ($0 / (2 * deviation)) * ($0 / (2 * deviation))) }
    }

    /// The `a` and `b` for which `(a * disparity + b) * depth` is nearest to 1.
    private static func line(
        _ points: [(disparity: Double, depth: Double)], _ weights: [Double]
    ) -> (Double, Double)? {
        var (aa, ab, bb, a, b) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (point, weight) in zip(points, weights) {
            let slope = point.disparity * point.depth
            aa += weight * slope * slope
            ab += weight * slope * point.depth
            bb += weight * point.depth * point.depth
            a += weight * slope
            b += weight * point.depth
        }
        let determinant = aa * bb - ab * ab
        guard determinant.isFinite, determinant > 1e-12 * aa * bb else { return nil }
        return ((a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant)
    }

    /// The distance from the camera of what pixel `(x, y)` shows, as the ground's rows tell it.
    ///
    /// - Returns: Nil when it is too far away to be known.
    func metres(disparity: Double, x: Double, y: Double) -> Double? {
        let inverse = scale * disparity + shift
        guard inverse > 0 else { return nil }
        let metres = plane.rayLength(x: x, y: y) / inverse
        return metres <= GroundPlane.farthestMetres ? metres : nil
    }
}
