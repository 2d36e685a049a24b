import Foundation

/// Finds the camera over the ground from people: how high they appear where, and how fast they walk.
///
/// People are 1.71 m high, give or take: where their feet and heads appear over the picture tells the horizon and the
/// camera's height (Hoiem, Efros and Hebert, 2008; Lv, Zhao and Nevatia, 2006). The focal length hardly shows in that.
/// It shows in how people move: a wrong one makes those who come and go faster or slower than those who cross, but
/// people walk 1.34 m/s in every direction, give or take (Weidmann, 1993).
///
/// Each person has a height and a speed of his own, which are eliminated; persons and boxes that do not fit count little
/// (Cauchy's weights). What is left uncertain, is the covariance of the posterior at its maximum.
struct GroundPlaneFit {
    struct Sample: Hashable {
        var trackID: Int32
        var timestamp: Double
        var footX: Double
        var footY: Double
        var headY: Double

        var height: Double { footY - headY }
    }

    private static let leastSamples = 20
    private static let leastTracks = 2
    /// As a share: those who are as high as a person there would be.
    private static let leastInliers = 0.6
    /// Of the foot points from near to far, as a share of the frame: people at one spot tell no horizon.
    private static let leastReach = 0.04
    /// Of the distance at the middle of the people, as a share: above this, there is no ground for metres.
    private static let largestDeviation = 0.35
    private static let iterations = 40
    /// What a step may change at most.
    private static let longestStep = SIMD4(0.15, 0.08, 0.25, 0.2)

    private let frameWidth: Double
    private let frameHeight: Double
    private let people: [WalkingPerson]
    private let feet: [Double]

    /// Focal length, tilt and camera height as in ``GroundPlane``, and the logarithm of the mean speed.
    private let priorMean: SIMD4<Double>
    private let priorDeviation = SIMD4(0.3, 0.35, 0.9, 0.2)

    init(frameWidth: Double, frameHeight: Double, samples: [Sample]) {
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
        people = WalkingPerson.grouping(samples)
        feet = samples.map(\.footY).sorted()
        priorMean = SIMD4(log(max(frameWidth, frameHeight)), 0.26, log(4), log(WalkingPerson.metresPerSecond))
    }

    /// - Returns: Nil when the people seen do not tell where the ground is.
    func solve() -> GroundPlane? {
        guard feet.count >= Self.leastSamples, people.count >= Self.leastTracks else { return nil }
        let candidates = [0.75, 1, 1.35].map { refined(start(focal: log($0) + priorMean.x)) }
        guard let parameters = candidates.min(by: { $0.cost < $1.cost })?.parameters,
            let covariance = equations(at: parameters).inverse
        else { return nil }
        let plane = GroundPlane(
            frameWidth: frameWidth, frameHeight: frameHeight, parameters: Self.camera(parameters),
            covariance: widened(covariance))
        return isTrustworthy(plane, parameters) ? plane : nil
    }

    /// What no number of people averages out: that a detector's boxes are a little higher or lower than people are.
    private func widened(_ covariance: [SIMD4<Double>]) -> [SIMD3<Double>] {
        var rows = covariance.prefix(3).map { SIMD3($0.x, $0.y, $0.z) }
        rows[2].z += 0.03 * 0.03
        return rows
    }

    private func isTrustworthy(_ plane: GroundPlane, _ parameters: SIMD4<Double>) -> Bool {
        let view = view(parameters)
        let inliers = people.reduce(0) { $0 + $1.countOfInliers(view) }
        let reach = feet[feet.count * 9 / 10] - feet[feet.count / 10]
        let boxes = people.reduce(0) { $0 + $1.sampleCount }
        guard Double(inliers) >= Self.leastInliers * Double(boxes), reach >= Self.leastReach * frameHeight,
            let middle = plane.distance(x: frameWidth / 2, y: feet[feet.count / 2], footDeviation: 0)
        else { return false }
        return middle.deviation <= Self.largestDeviation
    }

    private static func camera(_ parameters: SIMD4<Double>) -> SIMD3<Double> {
        SIMD3(parameters.x, parameters.y, parameters.z)
    }

    private func view(_ parameters: SIMD4<Double>) -> GroundView {
        GroundView(frameWidth: frameWidth, frameHeight: frameHeight, parameters: Self.camera(parameters))
    }

    /// The best of a coarse grid, by heights alone.
    private func start(focal: Double) -> SIMD4<Double> {
        var best = (cost: Double.infinity, parameters: priorMean)
        for tilt in stride(from: -0.1, through: 1.1, by: 0.1) {
            for height in [1.0, 1.5, 2.2, 3, 4.5, 7, 10, 15, 25] {
                let candidate = SIMD4(focal, tilt, log(height), priorMean.w)
                let cost = cost(candidate, every: max(1, people.count / 40))
                if cost < best.cost { best = (cost, candidate) }
            }
        }
        return best.parameters
    }

    private func cost(_ parameters: SIMD4<Double>, every step: Int) -> Double {
        let view = view(parameters)
        let offset = (parameters - priorMean) / priorDeviation
        var sum = (offset * offset).sum()
        for index in stride(from: 0, to: people.count, by: step) {
            sum += people[index].cost(view, speed: step == 1 ? parameters.w : nil) * Double(step)
        }
        return sum
    }

    /// Gauss and Newton's steps from a start until they change little; each as long as it makes things better.
    private func refined(_ start: SIMD4<Double>) -> (parameters: SIMD4<Double>, cost: Double) {
        var parameters = start
        var cost = cost(parameters, every: 1)
        for _ in 0..<Self.iterations {
            guard let step = equations(at: parameters).step else { break }
            var bounded = step.clamped(lowerBound: -Self.longestStep, upperBound: Self.longestStep)
            var next = self.cost(parameters + bounded, every: 1)
            for _ in 0..<6 where next > cost {
                bounded /= 2
                next = self.cost(parameters + bounded, every: 1)
            }
            guard next < cost else { break }
            parameters += bounded
            let gain = cost - next
            cost = next
            if gain < 1e-4 { break }
        }
        return (parameters, cost)
    }

    private func equations(at parameters: SIMD4<Double>) -> NormalEquations {
        var equations = NormalEquations(mean: priorMean, deviation: priorDeviation, at: parameters)
        let view = view(parameters)
        let moved = (0..<3).map { index in
            var other = parameters
            other[index] += WalkingPerson.difference
            return self.view(other)
        }
        for person in people { person.add(to: &equations, view, moved: moved, speed: parameters.w) }
        return equations
    }
}
