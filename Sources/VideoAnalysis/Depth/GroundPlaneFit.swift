import Foundation

/// Finds the camera over the ground from the heights at which people appear.
///
/// People are 1.7 m high, give or take: where their feet and heads appear over the picture tells the horizon and the
/// camera's height. The focal length would show only in differences that are smaller than a detector's errors, so it is
/// taken to be that of usual cameras, and the covariance says how unusual cameras may be: distances are proportional
/// to it. Each person's own height is estimated along the way, else one tall person far away would tilt the horizon.
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
    /// As a share: those whose head is where a person of the mean height would have it.
    private static let leastInliers = 0.6
    /// Of the foot points from near to far, as a share of the frame: people at one spot tell no horizon.
    private static let leastReach = 0.04
    /// Of the distance at the middle of the people, as a share: above this, there is no ground for metres.
    private static let largestDeviation = 0.45

    private let frameWidth: Double
    private let frameHeight: Double
    private let samples: [Sample]
    private let tracks: Int

    /// In metres, of the person in each sample.
    private var heights: [Double]

    private struct Prior {
        var mean: Double
        /// How strongly the estimate is held to the mean.
        var deviation: Double
        /// How far cameras really are from it.
        var spread: Double
    }
    private let priors: [Prior]

    init(frameWidth: Double, frameHeight: Double, samples: [Sample]) {
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
        self.samples = samples
        tracks = Set(samples.map(\.trackID)).count
        priors = [
            Prior(mean: log(max(frameWidth, frameHeight)), deviation: 0.05, spread: 0.35),
            Prior(mean: 0.26, deviation: 0.5, spread: 0.5),
            Prior(mean: log(4), deviation: 1, spread: 1),
        ]
        heights = [Double](repeating: Self.personHeightMetres, count: samples.count)
    }

    /// - Returns: Nil when the people seen do not tell where the ground is.
    func solve() -> GroundPlane? {
        guard samples.count >= Self.leastSamples else { return nil }
        var fit = self
        return fit.fitted()
    }

    private mutating func fitted() -> GroundPlane? {
        var parameters = bestStart()
        for _ in 0..<4 {
            for _ in 0..<20 {
                guard let (step, _) = newtonStep(at: parameters) else { return nil }
                parameters = improved(parameters, by: step)
                if step.allSatisfy({ abs($0) < 1e-5 }) { break }
            }
            measurePeople(parameters)
        }
        guard let (_, information) = newtonStep(at: parameters), var covariance = inverse(information) else {
            return nil
        }
        // The mean height of the few people seen is itself uncertain, and scales everything.
        covariance[8] += Self.personDeviation * Self.personDeviation / Double(max(tracks, 1)) + 0.02 * 0.02
        let plane = GroundPlane(
            frameWidth: frameWidth, frameHeight: frameHeight, parameters: parameters, covariance: covariance)
        heights = [Double](repeating: Self.personHeightMetres, count: samples.count)
        let inliers = samples.indices.count { abs(residual($0, parameters)) < 2 }
        let feet = samples.map(\.footY).sorted()
        let reach = feet[feet.count * 9 / 10] - feet[feet.count / 10]
        guard Double(inliers) >= Self.leastInliers * Double(samples.count), reach >= Self.leastReach * frameHeight,
            let middle = plane.distance(x: frameWidth / 2, y: feet[feet.count / 2], footDeviation: 0),
            middle.standardDeviation <= Self.largestDeviation * middle.metres
        else { return nil }
        return plane
    }

    /// Sets each person's height to the median of what the samples say, held to the mean the more the fewer there are.
    private mutating func measurePeople(_ parameters: [Double]) {
        var shares: [Int32: [Double]] = [:]
        for sample in samples {
            guard let head = headY(sample, Self.personHeightMetres, parameters), head < sample.footY else { continue }
            shares[sample.trackID, default: []].append(log((sample.footY - sample.headY) / (sample.footY - head)))
        }
        let known = shares.mapValues { values in
            let (median, variance) = (values.sorted()[values.count / 2], Self.personDeviation * Self.personDeviation)
            let held = median * variance / (variance + 0.05 * 0.05 / Double(values.count))
            return Self.personHeightMetres * exp(min(max(held, -0.15), 0.15))
        }
        heights = samples.map { known[$0.trackID] ?? Self.personHeightMetres }
    }

    private func headY(_ sample: Sample, _ personHeight: Double, _ parameters: [Double]) -> Double? {
        GroundPlane.headY(
            footY: sample.footY, personHeight: personHeight, frameHeight: frameHeight, focal: exp(parameters[0]),
            tilt: parameters[1], cameraHeight: exp(parameters[2]))
    }

    /// How far the head is from where it should be, in standard deviations.
    private func residual(_ index: Int, _ parameters: [Double]) -> Double {
        let sample = samples[index]
        guard let expected = headY(sample, heights[index], parameters) else { return 10 }
        let deviation = max(2, 0.09 * (sample.footY - sample.headY))
        return min(max((expected - sample.headY) / deviation, -10), 10)
    }

    /// How much each sample counts: those of one track share a person, and together count as three.
    private var share: Double { min(1, Double(3 * tracks) / Double(samples.count)) }

    /// Cauchy's loss: a detection that is no person pulls little.
    private func cost(_ parameters: [Double], every step: Int = 1) -> Double {
        var sum = 0.0
        for index in stride(from: 0, to: samples.count, by: step) {
            let value = residual(index, parameters)
            sum += log(1 + value * value / 4) * 2
        }
        return sum * Double(step) * share
            + zip(parameters, priors).reduce(0) { sum, pair in
                let value = (pair.0 - pair.1.mean) / pair.1.deviation
                return sum + value * value / 2
            }
    }

    private func bestStart() -> [Double] {
        var best = (cost: Double.infinity, parameters: priors.map(\.mean))
        for tilt in stride(from: -0.1, through: 1.1, by: 0.1) {
            for height in [1.0, 1.5, 2.2, 3, 4.5, 7, 10, 15, 25] {
                let candidate = [priors[0].mean, tilt, log(height)]
                let cost = cost(candidate, every: max(1, samples.count / 100))
                if cost < best.cost { best = (cost, candidate) }
            }
        }
        return best.parameters
    }

    /// One Gauss-Newton step of the reweighted problem, and the information that people and the cameras' spread give.
    private func newtonStep(at parameters: [Double]) -> (step: [Double], information: [Double])? {
        var normal = [Double](repeating: 0, count: 9)
        var right = [Double](repeating: 0, count: 3)
        for sample in samples.indices {
            let value = residual(sample, parameters)
            let weight = share / (1 + value * value / 4)
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
        var information = normal
        for (index, prior) in priors.enumerated() {
            information[index * 4] += 1 / (prior.spread * prior.spread)
            normal[index * 4] += 1 / (prior.deviation * prior.deviation)
            right[index] += (prior.mean - parameters[index]) / (prior.deviation * prior.deviation)
        }
        information[0] = focalInformation(information)
        guard let inverted = inverse(normal) else { return nil }
        let step = (0..<3).map { row in (0..<3).reduce(0.0) { $0 + inverted[row * 3 + $1] * right[$1] } }
        return (step, information)
    }

    /// What makes the focal length's own variance that of the cameras' spread, whatever the samples seem to say of it,
    /// while the others stay tied to it: its information less what it shares with them.
    private func focalInformation(_ information: [Double]) -> Double {
        let (a, b, d) = (information[4], information[5], information[8])
        let (u, v) = (information[1], information[2])
        let shared = (u * (d * u - b * v) + v * (a * v - b * u)) / (a * d - b * b)
        return shared + 1 / (priors[0].spread * priors[0].spread)
    }

    /// Takes the step, or the largest half, quarter, ... of it that makes things better.
    private func improved(_ parameters: [Double], by step: [Double]) -> [Double] {
        let before = cost(parameters)
        var share = 1.0
        while share > 1e-3 {
            let candidate = zip(parameters, step).map { $0 + $1 * share }
            if cost(candidate) <= before { return candidate }
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
