import Foundation

/// Finds the camera over the ground from the heights at which people appear.
///
/// People are 1.7 m high, give or take: where their feet and heads appear over the picture tells the horizon, the
/// camera's height and, through how heights shrink towards the horizon, its tilt. The focal length hardly shows in
/// this, so a prior (the field of view of usual cameras) holds it; what is not known for sure is in the covariance.
struct GroundPlaneFit {
    struct Sample: Hashable {
        var trackID: Int32
        var footY: Double
        var headY: Double
    }

    static let personHeightMetres = 1.7
    /// Of one person's height, as a share.
    private static let personDeviation = 0.06
    private static let leastSamples = 20
    private static let leastInliers = 0.6
    /// Of the distance at the middle of the people, as a share: above this, there is no ground for metres.
    private static let largestDeviation = 0.35

    private let frameWidth: Double
    private let frameHeight: Double
    private let samples: [Sample]
    private let tracks: Int

    private struct Prior {
        var mean: Double
        var deviation: Double
    }
    private let priors: [Prior]

    init(frameWidth: Double, frameHeight: Double, samples: [Sample]) {
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
        self.samples = samples
        tracks = Set(samples.map(\.trackID)).count
        priors = [
            Prior(mean: log(max(frameWidth, frameHeight)), deviation: 0.35),
            Prior(mean: 0.26, deviation: 0.5),
            Prior(mean: log(4), deviation: 1),
        ]
    }

    /// - Returns: Nil when the people seen do not tell where the ground is.
    func solve() -> GroundPlane? {
        guard samples.count >= Self.leastSamples else { return nil }
        var parameters = bestStart()
        for _ in 0..<40 {
            guard let (step, _) = newtonStep(at: parameters) else { return nil }
            parameters = improved(parameters, by: step)
            if step.allSatisfy({ abs($0) < 1e-6 }) { break }
        }
        guard let (_, information) = newtonStep(at: parameters), var covariance = inverse(information) else {
            return nil
        }
        // The mean height of the few people seen is itself uncertain, and scales everything.
        covariance[8] += Self.personDeviation * Self.personDeviation / Double(max(tracks, 1)) + 0.02 * 0.02
        let plane = GroundPlane(
            frameWidth: frameWidth, frameHeight: frameHeight, parameters: parameters, covariance: covariance)
        let inliers = samples.count { abs(residual($0, parameters)) < 2.5 }
        let feet = samples.map(\.footY).sorted()
        guard Double(inliers) >= Self.leastInliers * Double(samples.count),
            let middle = plane.distance(x: frameWidth / 2, y: feet[feet.count / 2], footDeviation: 0),
            middle.standardDeviation <= Self.largestDeviation * middle.metres
        else { return nil }
        return plane
    }

    /// How far the head is from where it should be, in standard deviations.
    private func residual(_ sample: Sample, _ parameters: [Double]) -> Double {
        let expected = GroundPlane.headY(
            footY: sample.footY, personHeight: Self.personHeightMetres, frameHeight: frameHeight,
            focal: exp(parameters[0]), tilt: parameters[1], cameraHeight: exp(parameters[2]))
        guard let expected else { return 10 }
        let deviation = max(2, 0.09 * (sample.footY - sample.headY))
        return min(max((expected - sample.headY) / deviation, -10), 10)
    }

    /// Cauchy's loss: a detection that is no person pulls little.
    private func cost(_ parameters: [Double], _ samples: some Sequence<Sample>) -> Double {
        var sum = 0.0
        for sample in samples {
            let value = residual(sample, parameters)
            sum += log(1 + value * value / 4) * 2
        }
        return sum
            + zip(parameters, priors).reduce(0) { sum, pair in
                let value = (pair.0 - pair.1.mean) / pair.1.deviation
                return sum + value * value / 2
            }
    }

    private func bestStart() -> [Double] {
        let few = stride(from: 0, to: samples.count, by: max(1, samples.count / 100)).map { samples[$0] }
        var best = (cost: Double.infinity, parameters: priors.map(\.mean))
        for focalOffset in [-0.35, 0, 0.35] {
            for tilt in stride(from: -0.1, through: 1.1, by: 0.1) {
                for height in [1.0, 1.5, 2.2, 3, 4.5, 7, 10, 15, 25] {
                    let candidate = [priors[0].mean + focalOffset, tilt, log(height)]
                    let cost = cost(candidate, few)
                    if cost < best.cost { best = (cost, candidate) }
                }
            }
        }
        return best.parameters
    }

    /// One Gauss-Newton step of the reweighted problem, and its information matrix, in which the samples of one track
    /// count as three: they share a person.
    private func newtonStep(at parameters: [Double]) -> (step: [Double], information: [Double])? {
        var normal = [Double](repeating: 0, count: 9)
        var right = [Double](repeating: 0, count: 3)
        for sample in samples {
            let value = residual(sample, parameters)
            let weight = 1 / (1 + value * value / 4)
            var gradient = [0.0, 0.0, 0.0]
            for index in 0..<3 {
                var moved = parameters
                moved[index] += 1e-4
                gradient[index] = (residual(sample, moved) - value) / 1e-4
            }
            for row in 0..<3 {
                right[row] -= weight * gradient[row] * value
                for column in 0..<3 { normal[row * 3 + column] += weight * gradient[row] * gradient[column] }
            }
        }
        let share = min(1, Double(3 * tracks) / Double(samples.count))
        var information = normal.map { $0 * share }
        for index in 0..<3 {
            let precision = 1 / (priors[index].deviation * priors[index].deviation)
            information[index * 4] += precision
            normal[index * 4] += precision
            right[index] += (priors[index].mean - parameters[index]) * precision
        }
        guard let inverted = inverse(normal) else { return nil }
        let step = (0..<3).map { row in (0..<3).reduce(0.0) { $0 + inverted[row * 3 + $1] * right[$1] } }
        return (step, information)
    }

    /// Takes the step, or the largest half, quarter, ... of it that makes things better.
    private func improved(_ parameters: [Double], by step: [Double]) -> [Double] {
        let before = cost(parameters, samples)
        var share = 1.0
        while share > 1e-3 {
            let candidate = zip(parameters, step).map { $0 + $1 * share }
            if cost(candidate, samples) <= before { return candidate }
            share /= 2
        }
        return parameters
    }

    /// Of a symmetric 3 x 3 matrix.
    private func inverse(_ m: [Double]) -> [Double]? {
        let a = m[4] * m[8] - m[5] * m[7]
        let b = m[5] * m[6] - m[3] * m[8]
        let c = m[3] * m[7] - m[4] * m[6]
        let determinant = m[0] * a + m[1] * b + m[2] * c
        guard determinant.isFinite, abs(determinant) > 1e-12 else { return nil }
        let adjugate = [
            a, m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
            b, m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
            c, m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
        ]
        return adjugate.map { $0 / determinant }
    }
}
