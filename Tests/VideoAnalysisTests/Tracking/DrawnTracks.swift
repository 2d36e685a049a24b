@testable import VideoAnalysis

/// Numbers that are the same in each run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A person of 40 x 100 pixels whose feet's middle moves along a straight line.
struct Walker {
    var start: (x: Float, y: Float)
    /// Pixels a second.
    var velocity: (x: Float, y: Float)

    func detection(at seconds: Double, confidence: Float = 0.95, objectClass: ObjectClass = .person) -> Detection {
        let x = start.x + velocity.x * Float(seconds)
        let y = start.y + velocity.y * Float(seconds)
        return Detection(
            box: BoundingBox(x1: x - 20, y1: y - 100, x2: x + 20, y2: y), confidence: confidence,
            objectClass: objectClass)
    }
}

func person(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, confidence: Float = 0.95) -> Detection {
    Detection(box: BoundingBox(x1: x1, y1: y1, x2: x2, y2: y2), confidence: confidence, objectClass: .person)
}

/// Runs tracker and joiner over frames of detections.
func tracked(_ frames: [[Detection]], frameRate: Double) -> [TrackedFrame] {
    followed(frames, frameRate: frameRate).final
}

/// The same, with the camera's position in each frame.
func followed(
    _ frames: [[Detection]], frameRate: Double
) -> (final: [TrackedFrame], camera: [SIMD2<Double>]) {
    var camera: [SIMD2<Double>] = []
    var tracker = ObjectTracker()
    var joiner = TrackletJoiner()
    var result: [TrackedFrame] = []
    for (number, detections) in frames.enumerated() {
        let timestamp = Double(number) / frameRate
        let objects = tracker.update(detections, timestamp: timestamp)
        result += joiner.append(
            TrackedFrame(
                frameNumber: Int64(number), timestamp: timestamp, objects: objects, camera: tracker.cameraPosition))
        camera.append(tracker.cameraPosition)
    }
    return (result + joiner.finish(), camera)
}

/// The ids that the boxes nearest to a walker carry, without repeats, in order of time.
func identities(of walker: Walker, in frames: [TrackedFrame], within pixels: Float = 15) -> [Int] {
    var ids: [Int] = []
    for frame in frames {
        let truth = walker.detection(at: frame.timestamp).box.foot
        let nearest = frame.objects.min { one, other in
            distance(one.detection.box.foot, truth) < distance(other.detection.box.foot, truth)
        }
        guard let nearest, distance(nearest.detection.box.foot, truth) < pixels, let id = nearest.trackID else {
            continue
        }
        if ids.last != id { ids.append(id) }
    }
    return ids
}

private func distance(_ one: (x: Float, y: Float), _ other: (x: Float, y: Float)) -> Float {
    let (dx, dy) = (one.x - other.x, one.y - other.y)
    return (dx * dx + dy * dy).squareRoot()
}
