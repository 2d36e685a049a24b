import Foundation

/// A camera above level ground: what turns a pixel where something stands into metres.
///
/// A pinhole camera without roll whose optical axis meets the middle of the picture, `cameraHeightMetres` above the
/// ground and tilted down by `tilt` (Hoiem, Efros and Hebert, 2008; Criminisi, Reid and Zisserman, 2000).
struct GroundPlane: Sendable, Hashable {
    static let estimator = "ground-plane"
    /// Beyond this many metres nothing is said.
    static let farthestMetres = 200.0
    /// Nor where one standard deviation is more than this share of the distance.
    private static let largestDeviation = 0.4

    var frameWidth: Double
    var frameHeight: Double
    /// Natural logarithm of the focal length in pixels, tilt in radians, natural logarithm of the camera's height.
    var parameters: SIMD3<Double>
    /// Of `parameters`: the rows of the matrix.
    var covariance: [SIMD3<Double>]

    var focalLength: Double { exp(parameters.x) }
    var tilt: Double { parameters.y }
    var cameraHeightMetres: Double { exp(parameters.z) }

    struct Distance: Hashable {
        var metres: Double
        /// Of the distance's natural logarithm: how far off it is, as a share of it.
        var deviation: Double

        var standardDeviation: Double { metres * deviation }
        /// Between both the true distance is in 19 of 20 cases, as far as the model goes.
        var minimum: Double { metres * exp(-1.96 * deviation) }
        var maximum: Double { metres * exp(1.96 * deviation) }
    }

    /// How far the ground is from the camera where pixel `(x, y)` shows it.
    ///
    /// - Parameter footDeviation: One standard deviation of `y` in pixels.
    /// - Returns: Nil at and above the horizon, too far away, and where the estimate is too loose to be worth a number.
    func distance(x: Double, y: Double, footDeviation: Double) -> Distance? {
        guard let metres = metres(x: x, y: y, parameters), metres <= Self.farthestMetres else { return nil }
        var gradient = SIMD3<Double>.zero
        for index in 0..<3 {
            var moved = parameters
            moved[index] += 1e-4
            guard let other = self.metres(x: x, y: y, moved) else { return nil }
            gradient[index] = (log(other) - log(metres)) / 1e-4
        }
        guard let lower = self.metres(x: x, y: y + 0.5, parameters) else { return nil }
        let footSlope = (log(lower) - log(metres)) / 0.5
        var variance = footSlope * footSlope * footDeviation * footDeviation
        for row in 0..<3 { variance += gradient[row] * (covariance[row] * gradient).sum() }
        let deviation = max(variance, 0).squareRoot()
        guard deviation <= Self.largestDeviation else { return nil }
        return Distance(metres: metres, deviation: deviation)
    }

    private func metres(x: Double, y: Double, _ parameters: SIMD3<Double>) -> Double? {
        let view = GroundView(frameWidth: frameWidth, frameHeight: frameHeight, parameters: parameters)
        return view.ground(x: x, y: y).map {
            ($0.side * $0.side + $0.ahead * $0.ahead + $0.height * $0.height).squareRoot()
        }
    }

    /// How long the way to pixel `(x, y)` is for each metre along the optical axis.
    func rayLength(x: Double, y: Double) -> Double {
        let across = (x - frameWidth / 2) / focalLength
        let down = (y - frameHeight / 2) / focalLength
        return (1 + across * across + down * down).squareRoot()
    }

    /// How far off a box's lower edge is from where the object stands, in pixels.
    static func footDeviation(height: Double) -> Double {
        max(1, 0.03 * height)
    }
}

extension GroundPlane {
    /// The ground's distances over a whole frame: unknown from the horizon up, and too far away. What stands on the
    /// ground is not in it.
    ///
    /// - Returns: Nil when the frame shows no ground near enough.
    func depthMap() throws(VideoAnalysisError) -> DepthMap? {
        let (width, height) = DepthMap.size(frameWidth: frameWidth, frameHeight: frameHeight)
        let depths = (0..<width * height).map { index in
            let x = (Double(index % width) + 0.5) / Double(width) * frameWidth
            let y = (Double(index / width) + 0.5) / Double(height) * frameHeight
            return distance(x: x, y: y, footDeviation: 0)?.metres
        }
        return try DepthMap(
            width: width, depths: depths, scale: DepthMap.metresScale, frameArea: frameWidth * frameHeight)
    }
}
