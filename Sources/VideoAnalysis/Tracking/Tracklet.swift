/// An unbroken piece of an object's way, as ``TrackletJoiner`` sees it: its two ends, and how sure it is.
struct Tracklet: Sendable {
    struct Observation: Sendable {
        var timestamp: Double
        /// Centre x, centre y, width, height.
        var state: SIMD4<Double>
    }

    enum Fate: Sendable, Hashable { case open, noise, track(Int) }

    let key: Int
    var fate = Fate.open
    /// Whether a later tracklet continues this one.
    var isContinued = false
    let firstObject: TrackedObject
    private(set) var lastObject: TrackedObject
    private(set) var detections = 1
    /// Of the surest detection.
    private(set) var confidence: Float
    private var head: [Observation]
    private var tail: [Observation]
    /// Detected and filled boxes in order of time, as far back as smoothing needs them.
    private var path: [Observation]

    /// How long an end's direction is measured.
    private static let endSeconds = 0.5
    private static let endCount = 32

    var first: Observation { head[0] }
    var last: Observation { tail[tail.count - 1] }

    init(_ object: TrackedObject, _ observation: Observation, key: Int) {
        self.key = key
        firstObject = object
        lastObject = object
        confidence = object.detection.confidence
        head = [observation]
        tail = [observation]
        path = [observation]
    }

    /// - Parameter filled: the boxes filled in since the last detection.
    mutating func append(_ object: TrackedObject, _ observation: Observation, after filled: [Observation]) {
        path += filled
        path.append(observation)
        lastObject = object
        detections += 1
        confidence = max(confidence, object.detection.confidence)
        if head.count < Self.endCount, observation.timestamp - first.timestamp <= Self.endSeconds {
            head.append(observation)
        }
        tail.append(observation)
        let stale = tail.prefix { $0.timestamp < observation.timestamp - Self.endSeconds }.count
        let surplus = max(stale, tail.count - Self.endCount)
        if surplus > 0, tail.count - surplus >= 2 { tail.removeFirst(surplus) }
    }

    /// Puts boxes filled in before the first detection in their place.
    mutating func prepend(_ filled: [Observation]) {
        path.insert(contentsOf: filled, at: 0)
    }

    mutating func forgetPath(before timestamp: Double) {
        let stale = path.prefix { $0.timestamp < timestamp }.count
        // In batches: an array is shortened at its front by moving the rest.
        if stale > 16 { path.removeFirst(stale) }
    }

    /// The box that a straight line through the boxes at most `reach` seconds away gives, near ones counting more
    /// (local linear regression with a triangular kernel: unlike a mean it does not lag at a track's ends).
    func smoothedBox(at timestamp: Double, reach: Double, otherwise box: BoundingBox) -> BoundingBox {
        var sums = SIMD3<Double>.zero
        var level = SIMD4<Double>.zero
        var slope = SIMD4<Double>.zero
        for observation in path {
            let time = observation.timestamp - timestamp
            if time <= -reach { continue }
            if time >= reach { break }
            let weight = 1 - abs(time) / reach
            sums += SIMD3(1, time, time * time) * weight
            level += observation.state * weight
            slope += observation.state * (weight * time)
        }
        let determinant = sums.x * sums.z - sums.y * sums.y
        guard determinant > 1e-9 * reach * reach else { return box }
        let state = (level * sums.z - slope * sums.y) / determinant
        // A line through sizes that fall steeply ends below 0.
        return state.z > 0 && state.w > 0 ? BoxFilter.box(of: state) : box
    }

    /// How badly `later` continues this tracklet, 0 to 1; nil when it cannot.
    func distance(to later: Tracklet, settings: TrackletJoinerSettings) -> Double? {
        let gap = later.first.timestamp - last.timestamp
        guard gap > 0, gap <= settings.maximumGapSeconds,
            lastObject.detection.classID == later.firstObject.detection.classID
        else { return nil }
        let height = (last.state.w + later.first.state.w) / 2
        let ratio = last.state.w / later.first.state.w
        guard max(ratio, 1 / ratio) <= settings.maximumHeightRatio else { return nil }
        // Each end's direction holds for a while; the two extrapolations meet half way.
        let reach = min(gap, settings.persistenceSeconds) / 2
        let forward = last.state + Self.velocity(tail) * reach
        let backward = later.first.state - Self.velocity(later.head) * reach
        let miss = forward - backward
        let distance = (miss.x * miss.x + miss.y * miss.y).squareRoot() / height
        let allowed = settings.baseDistance + settings.distancePerSecond * gap
        guard distance <= allowed else { return nil }
        let cost = distance / allowed + settings.costPerSecond * gap
        return cost <= 1 ? cost : nil
    }

    /// Pixels a second by least squares; zero for a single observation.
    private static func velocity(_ observations: [Observation]) -> SIMD4<Double> {
        let count = Double(observations.count)
        let meanTime = observations.reduce(0) { $0 + $1.timestamp } / count
        let mean = observations.reduce(SIMD4<Double>.zero) { $0 + $1.state } / count
        var spread = 0.0
        var slope = SIMD4<Double>.zero
        for observation in observations {
            let time = observation.timestamp - meanTime
            spread += time * time
            slope += (observation.state - mean) * time
        }
        return spread > 0 ? slope / spread : .zero
    }
}
