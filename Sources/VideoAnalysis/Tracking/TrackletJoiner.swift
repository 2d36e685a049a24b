/// Turns an online tracker's output into final tracks with the help of what came later.
///
/// An online tracker must name an object when it first sees it. Rows are stored after the video, so this stage waits
/// a few seconds: it drops tracklets that stay too short to be an object, gives an object its id from its first
/// detection on, joins a tracklet to an earlier one that leads to it, and fills the gaps along a straight line. Where
/// several tracklets lead to one, or one to several, looks decide too.
/// All of that happens in the scene's place, with the camera's movement taken off, and is then put back in the picture.
/// It holds a few seconds of boxes, however long the video is.
package struct TrackletJoiner: Sendable {
    package let settings: TrackletJoinerSettings
    /// Frames that are not final yet.
    private var pending: [PendingFrame] = []
    /// In order of birth.
    private var tracklets: [Tracklet] = []
    /// Where the tracklet with a key stands in `tracklets`.
    private var placeOfKey: [Int: Int] = [:]
    /// The key of the tracker's tracklet, by its number.
    private var keyOfNumber: [Int: Int] = [:]
    private var nextKey = 1
    private var nextTrackID = 1

    private struct PendingFrame: Sendable {
        var frameNumber: Int64
        var timestamp: Double
        var camera: SIMD2<Double>
        var objects: [(object: TrackedObject, key: Int)] = []
    }

    package init(settings: TrackletJoinerSettings = TrackletJoinerSettings()) {
        self.settings = settings
    }

    /// A frame is final once the video has run on for so long.
    package var delaySeconds: Double { settings.maximumGapSeconds + settings.evidenceSeconds }
    /// A track that has not been seen for longer does not come back.
    package var maximumGapSeconds: Double { max(settings.maximumGapSeconds, settings.evidenceSeconds) }

    /// Takes in the tracker's result for the next frame, and gives the frames that have become final, in order.
    ///
    /// Each object of a final frame has a track id; the ids count from 1 in order of appearance.
    ///
    /// - Parameter difference: How unlike the objects of two of the tracker's tracklets look, 0 to 1, by the tracklets'
    ///   numbers; nil when that is not known. Asked only where their ways leave a choice.
    package mutating func append<Failure: Error>(
        _ frame: TrackedFrame, difference: (_ earlier: Int, _ later: Int) throws(Failure) -> Double?
    ) throws(Failure) -> [TrackedFrame] {
        pending.append(
            PendingFrame(frameNumber: frame.frameNumber, timestamp: frame.timestamp, camera: frame.camera))
        for var object in frame.objects {
            object.detection.box = object.detection.box.moved(by: -frame.camera)
            take(object, at: frame.timestamp)
        }
        try decide(before: frame.timestamp - settings.evidenceSeconds, difference)
        return release(before: frame.timestamp - delaySeconds)
    }

    /// The same without a picture to look at.
    package mutating func append(_ frame: TrackedFrame) -> [TrackedFrame] {
        append(frame) { _, _ in nil }
    }

    /// Gives the frames that are left.
    package mutating func finish<Failure: Error>(
        difference: (_ earlier: Int, _ later: Int) throws(Failure) -> Double?
    ) throws(Failure) -> [TrackedFrame] {
        try decide(before: .infinity, difference)
        return release(before: .infinity)
    }

    package mutating func finish() -> [TrackedFrame] {
        finish { _, _ in nil }
    }

    private mutating func take(_ object: TrackedObject, at timestamp: Double) {
        let observation = Tracklet.Observation(
            timestamp: timestamp, state: BoxFilter.state(of: object.detection.box))
        let key: Int
        // A tracklet that comes back after another was joined to it is a new one.
        if let known = keyOfNumber[object.tracklet], let place = placeOfKey[known], !tracklets[place].isContinued {
            key = known
            let previous = tracklets[place].lastObject
            let filled = fill(
                from: previous, at: tracklets[place].last.timestamp, to: object, at: timestamp, key: key)
            tracklets[place].append(object, observation, after: filled)
        } else {
            key = nextKey
            nextKey += 1
            keyOfNumber[object.tracklet] = key
            placeOfKey[key] = tracklets.count
            tracklets.append(Tracklet(object, observation, key: key))
        }
        pending[pending.count - 1].objects.append((object, key))
    }

    /// Decides about all tracklets born before `timestamp`, the nearest pairs first.
    private mutating func decide<Failure: Error>(
        before timestamp: Double, _ difference: (_ earlier: Int, _ later: Int) throws(Failure) -> Double?
    ) throws(Failure) {
        guard tracklets.contains(where: { $0.fate == .open && $0.first.timestamp <= timestamp }) else { return }
        for place in tracklets.indices where tracklets[place].fate == .open {
            let tracklet = tracklets[place]
            guard tracklet.first.timestamp <= timestamp else { continue }
            if tracklet.detections < detectionsNeeded(by: tracklet)
                || tracklet.confidence < settings.minimumConfidence
            {
                tracklets[place].fate = .noise
            }
        }
        let joins = try orderedJoins(difference)
        var hasPredecessor = Set<Int>()
        var hasSuccessor = Set<Int>()
        var predecessor: [Int: Int] = [:]
        for join in joins where !hasPredecessor.contains(join.later) && !hasSuccessor.contains(join.earlier) {
            hasPredecessor.insert(join.later)
            hasSuccessor.insert(join.earlier)
            predecessor[join.later] = join.earlier
        }
        for place in tracklets.indices where tracklets[place].fate == .open {
            guard tracklets[place].first.timestamp <= timestamp else { continue }
            if let earlier = predecessor[place], case .track(let trackID) = tracklets[earlier].fate {
                tracklets[place].fate = .track(trackID)
                tracklets[earlier].isContinued = true
                let filled = fill(
                    from: tracklets[earlier].lastObject, at: tracklets[earlier].last.timestamp,
                    to: tracklets[place].firstObject, at: tracklets[place].first.timestamp,
                    key: tracklets[place].key)
                tracklets[place].prepend(filled)
            } else {
                tracklets[place].fate = .track(nextTrackID)
                nextTrackID += 1
            }
        }
    }

    private struct Join {
        var cost: Double
        let earlier: Int
        let later: Int
    }

    /// The pairs that may be joined, the best first.
    private func orderedJoins<Failure: Error>(
        _ difference: (_ earlier: Int, _ later: Int) throws(Failure) -> Double?
    ) throws(Failure) -> [Join] {
        var joins: [Join] = []
        for later in tracklets.indices where tracklets[later].fate == .open {
            guard tracklets[later].detections >= detectionsNeeded(by: tracklets[later]) else { continue }
            for earlier in 0..<later {
                guard !tracklets[earlier].isContinued, tracklets[earlier].fate != .noise,
                    let cost = tracklets[earlier].distance(to: tracklets[later], settings: settings)
                else { continue }
                joins.append(Join(cost: cost, earlier: earlier, later: later))
            }
        }
        var choices: [Int: Int] = [:]
        for join in joins {
            choices[join.earlier, default: 0] += 1
            choices[join.later, default: 0] += 1
        }
        for index in joins.indices where settings.appearanceCost > 0 {
            let join = joins[index]
            guard choices[join.earlier, default: 0] > 1 || choices[join.later, default: 0] > 1 else { continue }
            let (first, second) = (tracklets[join.earlier].firstObject, tracklets[join.later].firstObject)
            joins[index].cost += try settings.appearanceCost * (difference(first.tracklet, second.tracklet) ?? 1)
        }
        return joins.sorted { ($0.cost, $0.later, $0.earlier) < ($1.cost, $1.later, $1.earlier) }
    }

    private func detectionsNeeded(by tracklet: Tracklet) -> Int {
        let frames = pending.count - (pending.firstIndex { $0.timestamp >= tracklet.first.timestamp } ?? 0)
        return min(settings.minimumDetections, frames / 2 + 1)
    }

    /// Adds boxes on the straight line between two detections to the frames between them.
    ///
    /// - Returns: what was added, in order of time.
    private mutating func fill(
        from start: TrackedObject, at startTime: Double, to end: TrackedObject, at endTime: Double, key: Int
    ) -> [Tracklet.Observation] {
        var filled: [Tracklet.Observation] = []
        var place = pending.count - 1
        while place >= 0, pending[place].timestamp >= endTime { place -= 1 }
        let from = BoxFilter.state(of: start.detection.box)
        let to = BoxFilter.state(of: end.detection.box)
        while place >= 0, pending[place].timestamp > startTime {
            let share = (pending[place].timestamp - startTime) / (endTime - startTime)
            var detection = end.detection
            let state = from + (to - from) * share
            detection.box = BoxFilter.box(of: state)
            detection.confidence = min(start.detection.confidence, end.detection.confidence)
            pending[place].objects.append((TrackedObject(detection: detection, trackID: nil, interpolated: true), key))
            filled.append(Tracklet.Observation(timestamp: pending[place].timestamp, state: state))
            place -= 1
        }
        filled.reverse()
        return filled
    }

    private mutating func release(before timestamp: Double) -> [TrackedFrame] {
        let count = pending.firstIndex { $0.timestamp > timestamp } ?? pending.count
        guard count > 0 else { return [] }
        let final = pending[..<count].map { frame in
            var objects = frame.objects.compactMap { (object, key) -> TrackedObject? in
                guard let place = placeOfKey[key], case .track(let trackID) = tracklets[place].fate else { return nil }
                var object = object
                object.trackID = trackID
                object.detection.box = tracklets[place].smoothedBox(
                    at: frame.timestamp, reach: settings.smoothingSeconds, otherwise: object.detection.box
                ).moved(by: frame.camera)
                return object
            }
            objects.sort { ($0.trackID ?? 0) < ($1.trackID ?? 0) }
            return TrackedFrame(
                frameNumber: frame.frameNumber, timestamp: frame.timestamp, objects: objects, camera: frame.camera)
        }
        pending.removeFirst(count)
        forget(before: timestamp)
        for place in tracklets.indices { tracklets[place].forgetPath(before: timestamp - settings.smoothingSeconds) }
        return final
    }

    /// Drops what ended so long ago that nothing pending can refer to it.
    private mutating func forget(before timestamp: Double) {
        let limit = timestamp - maximumGapSeconds
        guard tracklets.contains(where: { $0.last.timestamp < limit }) else { return }
        tracklets.removeAll { $0.last.timestamp < limit }
        placeOfKey.removeAll(keepingCapacity: true)
        for (place, tracklet) in tracklets.enumerated() { placeOfKey[tracklet.key] = place }
        keyOfNumber = keyOfNumber.filter { placeOfKey[$0.value] != nil }
    }
}
