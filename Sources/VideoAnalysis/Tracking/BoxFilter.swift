/// A Kalman filter of a box: centre, width and height, each with a constant velocity that drifts at random.
///
/// The four coordinates are filtered independently, each with its own 2x2 covariance, held as lanes of SIMD vectors.
/// All noise is relative to the box's height, and time is in seconds, so the same settings serve near and far objects
/// and any frame rate.
package struct BoxFilter: Sendable {
    /// Centre x, centre y, width, height in pixels.
    private(set) var position: SIMD4<Double>
    /// Pixels a second.
    private(set) var velocity: SIMD4<Double>
    private var positionVariance: SIMD4<Double>
    private var covariance: SIMD4<Double>
    private var velocityVariance: SIMD4<Double>

    /// Standard deviations, in heights of the box (and seconds).
    package struct Noise: Sendable, Hashable {
        /// Of a detected centre and of a detected width and height.
        package var centre = 0.12
        package var size = 0.05
        /// Of the velocity of a new object.
        package var initialVelocity = 0.6
        /// Of the change in velocity within a second: of the centre, and of the size.
        package var centreAcceleration = 1.0
        package var sizeAcceleration = 0.3
    }

    init(_ box: BoundingBox, noise: Noise) {
        position = Self.state(of: box)
        velocity = .zero
        let scale = position.w * position.w
        positionVariance = Self.lanes(noise.centre, noise.size) * scale
        covariance = .zero
        velocityVariance =
            Self.lanes(noise.initialVelocity, noise.initialVelocity * noise.sizeAcceleration / noise.centreAcceleration)
            * scale
    }

    /// Moves the state on by `seconds`.
    mutating func predict(seconds: Double, noise: Noise) {
        let scale = position.w * position.w
        position += velocity * seconds
        let drift = Self.lanes(noise.centreAcceleration, noise.sizeAcceleration) * (scale * seconds)
        positionVariance +=
            (covariance * 2 + velocityVariance * seconds) * seconds + drift * (seconds * seconds / 3)
        covariance += velocityVariance * seconds + drift * (seconds / 2)
        velocityVariance += drift
        // A box that shrinks towards the horizon keeps an area.
        position.z = max(position.z, 1)
        position.w = max(position.w, 1)
    }

    /// Takes in a detection; `trust` below 1 widens its noise.
    mutating func correct(with box: BoundingBox, trust: Double, noise: Noise) {
        let measured = Self.state(of: box)
        let scale = measured.w * measured.w / (trust * trust)
        let total = positionVariance + Self.lanes(noise.centre, noise.size) * scale
        let positionGain = positionVariance / total
        let velocityGain = covariance / total
        let innovation = measured - position
        position += positionGain * innovation
        velocity += velocityGain * innovation
        velocityVariance -= velocityGain * covariance
        covariance -= positionGain * covariance
        positionVariance -= positionGain * positionVariance
    }

    var box: BoundingBox { Self.box(of: position) }

    static func state(of box: BoundingBox) -> SIMD4<Double> {
        let low = SIMD2(Double(box.x1), Double(box.y1))
        let high = SIMD2(Double(box.x2), Double(box.y2))
        let centre = (low + high) / 2
        let size = high - low
        return SIMD4(centre.x, centre.y, size.x, size.y)
    }

    static func box(of state: SIMD4<Double>) -> BoundingBox {
        BoundingBox(
            x1: Float(state.x - state.z / 2), y1: Float(state.y - state.w / 2),
            x2: Float(state.x + state.z / 2), y2: Float(state.y + state.w / 2))
    }

    private static func lanes(_ centre: Double, _ size: Double) -> SIMD4<Double> {
        SIMD4(centre * centre, centre * centre, size * size, size * size)
    }
}
