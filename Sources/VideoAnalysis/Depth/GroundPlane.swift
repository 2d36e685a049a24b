import Foundation

/// A camera above level ground: what turns a pixel where something stands into metres.
///
/// A pinhole camera without roll whose optical axis meets the middle of the picture, `cameraHeight` metres above the
/// ground and tilted down by `tilt` (Hoiem, Efros and Hebert, 2008; Criminisi, Reid and Zisserman, 2000).
struct GroundPlane: Sendable, Hashable {
    static let estimator = "ground-plane"
    /// Beyond this many metres, or where one standard deviation is over half the distance, nothing is said.
    static let farthestMetres = 200.0

    var frameWidth: Double
    var frameHeight: Double
    /// Natural logarithm of the focal length in pixels, tilt in radians, natural logarithm of the camera's height.
    var parameters: [Double]
    /// Of `parameters`, row by row.
    var covariance: [Double]

    var focalLength: Double { exp(parameters[0]) }
    var tilt: Double { parameters[1] }
    var cameraHeightMetres: Double { exp(parameters[2]) }

    struct Distance: Hashable {
        var metres: Double
        var standardDeviation: Double
    }

    /// How far the ground is from the camera where pixel `(x, y)` shows it.
    ///
    /// - Parameter footDeviation: One standard deviation of `y` in pixels.
    /// - Returns: Nil at and above the horizon, too far away, and where the estimate is too loose to be worth a number.
    func distance(x: Double, y: Double, footDeviation: Double) -> Distance? {
        guard let metres = Self.metres(x: x, y: y, frame: (frameWidth, frameHeight), parameters) else { return nil }
        var gradient = [Double](repeating: 0, count: 3)
        for index in 0..<3 {
            var moved = parameters
            moved[index] += 1e-4
            guard let other = Self.metres(x: x, y: y, frame: (frameWidth, frameHeight), moved) else { return nil }
            gradient[index] = (other - metres) / 1e-4
        }
        guard let lower = Self.metres(x: x, y: y + 0.5, frame: (frameWidth, frameHeight), parameters) else {
            return nil
        }
        let footSlope = (lower - metres) / 0.5
        var variance = footSlope * footSlope * footDeviation * footDeviation
        for row in 0..<3 {
            for column in 0..<3 { variance += gradient[row] * covariance[row * 3 + column] * gradient[column] }
        }
        let deviation = max(variance, 0).squareRoot()
        guard metres <= Self.farthestMetres, deviation <= metres / 2 else { return nil }
        return Distance(metres: metres, standardDeviation: deviation)
    }

    private static func metres(
        x: Double, y: Double, frame: (width: Double, height: Double), _ parameters: [Double]
    ) -> Double? {
        let focal = exp(parameters[0])
        let across = (x - frame.width / 2) / focal
        let down = (y - frame.height / 2) / focal
        let descent = down * cos(parameters[1]) + sin(parameters[1])
        guard descent > 1e-3 else { return nil }
        return exp(parameters[2]) / descent * (1 + across * across + down * down).squareRoot()
    }

    /// Where the head of an upright person appears whose feet are at `footY`; nil when `footY` is above the horizon.
    static func headY(
        footY: Double, personHeight: Double, frameHeight: Double, focal: Double, tilt: Double, cameraHeight: Double
    ) -> Double? {
        let angle = atan((footY - frameHeight / 2) / focal) + tilt
        guard angle > 1e-3, angle < .pi / 2 else { return nil }
        let ground = cameraHeight / tan(angle)
        return frameHeight / 2 + focal * tan(atan2(cameraHeight - personHeight, ground) - tilt)
    }
}

extension GroundPlane {
    /// The ground's distances over a whole frame.
    struct Map {
        /// A 16-bit gray PNG of the frame's shape, at most 96 pixels wide: distance in centimetres, 0 where the ground
        /// cannot be seen (from the horizon up) or is too far away. What stands on the ground is not in it.
        var png: [UInt8]
        /// Of the pixels that show ground, in metres.
        var average: Double
        var minimum: Double
        var maximum: Double
        var variance: Double
        /// Square pixels of the frame that show ground.
        var area: Double
    }

    /// - Returns: Nil when the frame shows no ground near enough.
    func depthMap() throws(VideoAnalysisError) -> Map? {
        let scale = min(1, 96 / frameWidth)
        let width = max(1, Int((frameWidth * scale).rounded()))
        let height = max(1, Int((frameHeight * scale).rounded()))
        var values: [Double] = []
        let image = try Image(width: width, height: height, format: .gray16) {
            (pixels, stride) throws(VideoAnalysisError) in
            for row in 0..<height {
                for column in 0..<width {
                    let x = (Double(column) + 0.5) / Double(width) * frameWidth
                    let y = (Double(row) + 0.5) / Double(height) * frameHeight
                    let metres = distance(x: x, y: y, footDeviation: 0)?.metres
                    if let metres { values.append(metres) }
                    pixels.storeBytes(
                        of: UInt16(((metres ?? 0) * 100).rounded()), toByteOffset: row * stride + column * 2,
                        as: UInt16.self)
                }
            }
        }
        guard let minimum = values.min(), let maximum = values.max() else { return nil }
        let average = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(values.count)
        return Map(
            png: try image.encodedPNG(), average: average, minimum: minimum, maximum: maximum, variance: variance,
            area: Double(values.count) / Double(width * height) * frameWidth * frameHeight)
    }
}
