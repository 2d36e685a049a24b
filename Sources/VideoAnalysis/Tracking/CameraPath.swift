/// Where a moving camera looks, told by the boxes alone: no picture is needed.
///
/// On a camera that moves, all objects share a displacement that none of their own ways explains. Whether there is one
/// is judged by what the tracks' predictions missed: on a still camera the misses of several objects are independent,
/// so their median is as small as their spread allows (an F test over the last seconds). Once the camera is known to
/// move, the displacement that most boxes agree on from frame to frame is taken for the camera's. On a still camera,
/// where that would take a crowd's common direction for the camera's, the path stays where it is.
struct CameraPath: Sendable {
    /// Pixels by which the scene has moved in the picture since the start.
    private(set) var position = SIMD2<Double>.zero
    private var isMoving = false
    private var previous: [SIMD4<Double>] = []
    /// Sums over the last seconds: of the misses' common part and of their own parts, and of frames.
    private var common = 0.0
    private var own = 0.0
    private var frames = 0.0

    /// Fewer objects say nothing about the camera.
    private static let fewestObjects = 3
    /// On still cameras the ratio stays below 2.7 whatever the detector, on moving ones it passes 4 within seconds.
    private static let movingRatio = 4.0
    private static let memorySeconds = 2.0
    private static let fewestFrames = 8.0
    /// Lengths in heights of the object: how far one may go from frame to frame, how well two displacements agree,
    /// and the largest miss that counts.
    private static let reach = 0.3
    private static let agreement = 0.1
    private static let largestMiss = 0.2
    /// More pairs of boxes than these tell no more.
    private static let mostSteps = 512

    private struct Step {
        var displacement: SIMD2<Double>
        var height: Double
    }

    private struct Support {
        var weight: Double
        var count: Int
        var displacement: SIMD2<Double>
    }

    /// Takes in the next frame's sure boxes, as states of ``BoxFilter``.
    mutating func advance(to boxes: [SIMD4<Double>]) {
        defer { previous = boxes }
        guard isMoving else { return }
        let steps = self.steps(to: boxes)
        var best: Support?
        for step in steps {
            let support = support(of: step, steps)
            if support.weight > best?.weight ?? 0 { best = support }
        }
        guard let best, best.count >= max(Self.fewestObjects, (min(previous.count, boxes.count) + 1) / 2) else {
            return
        }
        position += best.displacement
    }

    /// Takes in by how much the predictions of tracks missed their boxes, in heights, and the seconds since the last.
    mutating func judge(misses: [SIMD2<Double>], elapsed: Double) {
        guard !isMoving, misses.count >= Self.fewestObjects else { return }
        let median = SIMD2(Self.median(misses.map(\.x)), Self.median(misses.map(\.y)))
        func size(_ miss: SIMD2<Double>) -> Double {
            min((miss * miss).sum(), Self.largestMiss * Self.largestMiss)
        }
        let count = Double(misses.count)
        let fade = max(1 - elapsed / Self.memorySeconds, 0)
        common = common * fade + size(median) * count
        own = own * fade + misses.reduce(0) { $0 + size($1 - median) } / (count - 1)
        frames = frames * fade + 1
        isMoving = frames > Self.fewestFrames && common > Self.movingRatio * max(own, 1e-9)
    }

    /// The displacements of all pairs of boxes that could be one object's.
    private func steps(to boxes: [SIMD4<Double>]) -> [Step] {
        var steps: [Step] = []
        for old in previous {
            for new in boxes {
                let height = (old.w + new.w) / 2
                let displacement = SIMD2(new.x - old.x, new.y - old.y)
                guard abs(displacement.x) <= Self.reach * height, abs(displacement.y) <= Self.reach * height,
                    abs(new.w - old.w) <= height / 5
                else { continue }
                steps.append(Step(displacement: displacement, height: height))
                if steps.count == Self.mostSteps { return steps }
            }
        }
        return steps
    }

    /// How many steps agree with one, how well, and their weighted mean.
    private func support(
        of step: Step, _ steps: [Step]
    ) -> Support {
        var (weight, count) = (0.0, 0)
        var (sum, share) = (SIMD2<Double>.zero, 0.0)
        for other in steps {
            let apart = other.displacement - step.displacement
            let allowed = Self.agreement * min(step.height, other.height)
            let agreement = 1 - (apart * apart).sum() / (allowed * allowed)
            guard agreement > 0 else { continue }
            weight += agreement
            count += 1
            sum += other.displacement * (agreement / other.height)
            share += agreement / other.height
        }
        return Support(weight: weight, count: count, displacement: share > 0 ? sum / share : .zero)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

extension BoundingBox {
    func moved(by displacement: SIMD2<Double>) -> BoundingBox {
        let (x, y) = (Float(displacement.x), Float(displacement.y))
        return BoundingBox(x1: x1 + x, y1: y1 + y, x2: x2 + x, y2: y2 + y)
    }
}
