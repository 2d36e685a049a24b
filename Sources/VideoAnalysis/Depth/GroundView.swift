import Foundation

/// The projection between a picture and the level ground that it shows.
struct GroundView {
    private let middleX: Double
    private let middleY: Double
    private let focal: Double
    private let cameraHeight: Double
    private let sine: Double
    private let cosine: Double

    /// - Parameter parameters: As those of ``GroundPlane``.
    init(frameWidth: Double, frameHeight: Double, parameters: SIMD3<Double>) {
        middleX = frameWidth / 2
        middleY = frameHeight / 2
        focal = exp(parameters.x)
        cameraHeight = exp(parameters.z)
        sine = sin(parameters.y)
        cosine = cos(parameters.y)
    }

    /// A point on the ground: metres to the right, ahead along the ground, and the camera's height above it.
    struct Point {
        var side: Double
        var ahead: Double
        var height: Double
    }

    /// - Returns: Nil at and above the horizon.
    func ground(x: Double, y: Double) -> Point? {
        let down = (y - middleY) / focal
        let descent = down * cosine + sine
        guard descent > 1e-3 else { return nil }
        let scale = cameraHeight / descent
        return Point(side: (x - middleX) / focal * scale, ahead: (cosine - down * sine) * scale, height: cameraHeight)
    }

    /// How many pixels high someone of `metres` appears whose feet are at `footY`; nil where none can stand.
    func apparentHeight(_ metres: Double, footY: Double) -> Double? {
        let down = (footY - middleY) / focal
        let descent = down * cosine + sine
        guard descent > 1e-3 else { return nil }
        let ahead = (cosine - down * sine) * cameraHeight / descent
        let below = cameraHeight - metres
        let depth = ahead * cosine + below * sine
        guard ahead > 0, depth > 0.1 else { return nil }
        let head = middleY + focal * (below * cosine - ahead * sine) / depth
        return head < footY ? footY - head : nil
    }
}
