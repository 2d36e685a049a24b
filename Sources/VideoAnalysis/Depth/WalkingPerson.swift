import Foundation

/// One person of the ground's fit: what was seen of a track, and how well a camera explains it.
struct WalkingPerson {
    static let heightMetres = 1.71
    static let metresPerSecond = 1.34
    /// For derivatives.
    static let difference = 1e-4
    /// Of people's heights, as a share.
    private static let heightDeviation = 0.055
    /// Of one person's boxes, as a share of their height, beside a pixel.
    private static let boxDeviation = 0.04
    /// Of people's mean speeds, and of one person's from one stretch of way to the next, as a share.
    private static let speedDeviation = 0.2
    private static let stretchDeviation = 0.12
    /// A detector's errors on one person are alike: so many boxes say as much as any number of them.
    private static let mostBoxes = 8.0
    /// More are not looked at.
    private static let mostSamples = 20
    private static let mostStretches = 4.0
    private static let stretchSeconds = 2.0...4.0
    private static let leastStretchSamples = 4
    /// The logarithm: who is slower stands.
    private static let slowest = log(0.35)
    /// Where the errors of the boxes are above this share of the usual speed, they tell nothing of a person's.
    private static let largestNoise = 0.35
    /// The residual of a box in which no person can be.
    private static let impossible = 1.0

    private let samples: [GroundPlaneFit.Sample]
    private let stretches: [ArraySlice<GroundPlaneFit.Sample>]

    static func grouping(_ samples: [GroundPlaneFit.Sample]) -> [WalkingPerson] {
        let tracks = Dictionary(grouping: samples, by: \.trackID)
        return tracks.keys.sorted().map { WalkingPerson(tracks[$0] ?? []) }
    }

    private init(_ samples: [GroundPlaneFit.Sample]) {
        let all = samples.sorted { $0.timestamp < $1.timestamp }
        var stretches: [ArraySlice<GroundPlaneFit.Sample>] = []
        var first = 0
        for index in all.indices {
            let seconds = all[index].timestamp - all[first].timestamp
            if seconds > Self.stretchSeconds.upperBound {
                first = index
            } else if seconds >= Self.stretchSeconds.lowerBound, index - first + 1 >= Self.leastStretchSamples {
                stretches.append(all[first...index])
                first = index
            }
        }
        let step = max(1, all.count / Self.mostSamples)
        self.samples = stride(from: 0, to: all.count, by: step).map { all[$0] }
        self.stretches = stretches
    }

    var sampleCount: Int { samples.count }

    func countOfInliers(_ view: GroundView) -> Int {
        samples.count { sample in
            let deviation = Self.deviation(sample)
            let all = (Self.heightDeviation * Self.heightDeviation + deviation * deviation).squareRoot()
            return abs(residual(sample, view) ?? 10 * all) < 2.5 * all
        }
    }

    /// What the person says against a camera, in squared standard deviations; it grows slowly where nothing fits.
    ///
    /// - Parameter speed: Logarithm of the mean; nil leaves out how people move.
    func cost(_ view: GroundView, speed: Double?) -> Double {
        let cost = heights(view, []).cost
        guard let speed else { return cost }
        return cost + speeds(view, [], speed).cost
    }

    /// - Parameters:
    ///   - moved: The views with each parameter of the camera larger by `difference`.
    ///   - speed: Logarithm of the mean.
    func add(to equations: inout NormalEquations, _ view: GroundView, moved: [GroundView], speed: Double) {
        equations.add(heights(view, moved))
        equations.add(speeds(view, moved, speed))
    }

    private func heights(_ view: GroundView, _ moved: [GroundView]) -> NormalEquations.Group {
        let observations = samples.map { sample -> NormalEquations.Observation in
            let deviation = Self.deviation(sample)
            let weight = 1 / (deviation * deviation)
            guard let value = residual(sample, view) else {
                return .init(residual: Self.impossible, gradient: .zero, weight: weight)
            }
            var gradient = SIMD4<Double>.zero
            for (index, other) in moved.enumerated() {
                gradient[index] = ((residual(sample, other) ?? value) - value) / Self.difference
            }
            return .init(residual: value, gradient: gradient, weight: weight)
        }
        return .init(observations, offsetDeviation: Self.heightDeviation, worth: Self.mostBoxes)
    }

    private func speeds(_ view: GroundView, _ moved: [GroundView], _ speed: Double) -> NormalEquations.Group {
        var observations: [NormalEquations.Observation] = []
        for stretch in stretches {
            // A way that a camera hides counts as one on which it lets a person stand: left out, the camera that hides
            // the most would fit the best.
            guard let found = logSpeed(stretch, view), found.value > Self.slowest else {
                observations.append(
                    .init(residual: Self.slowest - log(Self.metresPerSecond), gradient: .zero, weight: 10))
                continue
            }
            var gradient = SIMD4(0.0, 0, 0, -1)
            for (index, other) in moved.enumerated() {
                gradient[index] = ((logSpeed(stretch, other)?.value ?? found.value) - found.value) / Self.difference
            }
            let variance = Self.stretchDeviation * Self.stretchDeviation + found.variance
            observations.append(.init(residual: found.value - speed, gradient: gradient, weight: 1 / variance))
        }
        return .init(observations, offsetDeviation: Self.speedDeviation, worth: Self.mostStretches)
    }

    /// By how much higher the box is than a person of mean height, as a logarithm; nil where none can stand.
    private func residual(_ sample: GroundPlaneFit.Sample, _ view: GroundView) -> Double? {
        view.apparentHeight(Self.heightMetres, footY: sample.footY).map { log(sample.height / $0) }
    }

    private static func deviation(_ sample: GroundPlaneFit.Sample) -> Double {
        (boxDeviation * boxDeviation + 1 / (sample.height * sample.height)).squareRoot()
    }

    /// The logarithm of the speed over a stretch of way, by a line through the foot points on the ground, and its
    /// variance from the boxes' errors. Nil where these hide the motion.
    private func logSpeed(
        _ stretch: ArraySlice<GroundPlaneFit.Sample>, _ view: GroundView
    ) -> (value: Double, variance: Double)? {
        let middle = stretch.reduce(0.0) { $0 + $1.timestamp } / Double(stretch.count)
        var (times, across, along, acrossNoise, alongNoise) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for sample in stretch {
            let off = GroundPlane.footDeviation(height: sample.height)
            guard let point = view.ground(x: sample.footX, y: sample.footY),
                let right = view.ground(x: sample.footX + off, y: sample.footY),
                let nearer = view.ground(x: sample.footX, y: sample.footY + off)
            else { return nil }
            let time = sample.timestamp - middle
            times += time * time
            across += time * point.side
            along += time * point.ahead
            acrossNoise += time * time * (right.side - point.side) * (right.side - point.side)
            alongNoise += time * time * (nearer.ahead - point.ahead) * (nearer.ahead - point.ahead)
        }
        let usual = Self.metresPerSecond * Self.metresPerSecond
        acrossNoise /= times * times * usual
        alongNoise /= times * times * usual
        guard max(acrossNoise, alongNoise) < Self.largestNoise * Self.largestNoise else { return nil }
        across /= times
        along /= times
        let square = across * across + along * along
        guard square > 0 else { return nil }
        let share = along * along / square
        // The logarithm of the length of a vector is harmonic: errors in one direction alone shift it.
        let shift = (alongNoise - acrossNoise) * (2 * share - 1) / 2
        return (0.5 * log(square) + shift, share * alongNoise + (1 - share) * acrossNoise)
    }
}
