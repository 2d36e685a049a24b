/// Follows objects from frame to frame, online: each frame's result is final as soon as it is given.
///
/// Tracking by detection in the line of ByteTrack (Zhang et al., 2022: sure detections first, then unsure ones for the
/// objects still missing), OC-SORT (Cao et al., 2023: after an occlusion the filter is re-run along the straight line
/// between the two observations, and a last association compares with where the object was last seen) and C-BIoU
/// (Yang et al., 2023: boxes are widened before they are compared, so fast or rarely sampled objects still overlap).
/// What the camera does, see ``CameraPath``, is taken off before boxes are compared. Only objects of one class are
/// matched. The same detections give the same tracks, run after run.
package struct ObjectTracker: Sendable {
    package let settings: TrackerSettings
    private var tracks: [Track] = []
    private var lastTimestamp: Double?
    private var nextTrackID = 1
    private var nextTracklet = 1
    private var camera = CameraPath()
    private var solver = AssignmentSolver()
    private var pairs: [AssignmentSolver.Pair] = []

    package init(settings: TrackerSettings = TrackerSettings()) {
        self.settings = settings
    }

    /// Where the objects that were seen lately are expected in the frame last given, those too that were seen only once:
    /// who stands still is confirmed only if the detector looks there again.
    package var predictions: [BoundingBox] {
        tracks.map { $0.filter.box.moved(by: camera.position) }
    }

    /// By how many pixels a moving camera has moved the scene in the picture, up to the frame last given.
    package var cameraPosition: SIMD2<Double> { camera.position }

    /// Takes in the next frame's detections.
    ///
    /// Boxes that are not finite or have no area are left out.
    ///
    /// - Parameter timestamp: seconds, not decreasing from call to call.
    /// - Returns: the detections that belong to a track, in the order of the tracks' birth.
    package mutating func update(_ found: [Detection], timestamp: Double) -> [TrackedObject] {
        let elapsed = max(timestamp - (lastTimestamp ?? timestamp), 0)
        lastTimestamp = timestamp
        for index in tracks.indices { tracks[index].predict(seconds: elapsed, noise: settings.noise) }

        camera.advance(
            to: found.filter { $0.isUsable && $0.confidence >= settings.highConfidence }
                .map { BoxFilter.state(of: $0.box) })
        var detections = found
        for index in detections.indices { detections[index].box = found[index].box.moved(by: -camera.position) }

        var sure: [Int] = []
        var unsure: [Int] = []
        for (index, detection) in detections.enumerated() where detection.isUsable {
            if detection.confidence >= settings.highConfidence {
                sure.append(index)
            } else if detection.confidence >= settings.lowConfidence {
                unsure.append(index)
            }
        }

        var matches = [Int](repeating: -1, count: tracks.count)
        let confirmed = tracks.indices.filter { tracks[$0].isConfirmed }
        associate(confirmed, &sure, detections, overlap: settings.firstOverlap, from: .prediction, &matches)
        camera.judge(misses: misses(of: confirmed, matches, detections, elapsed: elapsed), elapsed: elapsed)
        let unmatched = confirmed.filter { matches[$0] < 0 }
        let recent = unmatched.filter { tracks[$0].secondsUnseen <= elapsed * 1.5 }
        associate(recent, &unsure, detections, overlap: settings.secondOverlap, from: .prediction, &matches)
        let lost = unmatched.filter { matches[$0] < 0 }
        associate(lost, &sure, detections, overlap: settings.recoveryOverlap, from: .lastObservation, &matches)
        let tentative = tracks.indices.filter { !tracks[$0].isConfirmed }
        associate(tentative, &sure, detections, overlap: settings.firstOverlap, from: .prediction, &matches)

        for (index, match) in matches.enumerated() where match >= 0 {
            tracks[index].observe(detections[match], at: timestamp, settings: settings)
        }
        for (index, match) in matches.enumerated() where match < 0 { tracks[index].miss() }
        for index in sure {
            tracks.append(Track(detections[index], tracklet: nextTracklet, timestamp: timestamp, settings: settings))
            nextTracklet += 1
            matches.append(index)
        }

        var objects: [TrackedObject] = []
        for (index, match) in matches.enumerated() where match >= 0 {
            if tracks[index].trackID == nil && tracks[index].detections >= settings.confirmationDetections {
                tracks[index].trackID = nextTrackID
                nextTrackID += 1
            }
            objects.append(
                TrackedObject(
                    detection: found[match], trackID: tracks[index].trackID, tracklet: tracks[index].tracklet))
        }
        let (longestGap, mostMisses) = (settings.maximumGapSeconds, settings.tentativeMisses)
        tracks.removeAll { track in
            track.secondsUnseen > longestGap || (!track.isConfirmed && track.framesUnseen > mostMisses)
        }
        return objects
    }

    /// By how much the predictions of tracks that were seen a moment ago miss their matches, in heights of the object.
    private func misses(
        of confirmed: [Int], _ matches: [Int], _ detections: [Detection], elapsed: Double
    ) -> [SIMD2<Double>] {
        confirmed.compactMap { index in
            let track = tracks[index]
            guard matches[index] >= 0, track.detections >= 4, track.secondsUnseen <= elapsed * 1.5 else { return nil }
            let state = BoxFilter.state(of: detections[matches[index]].box)
            let predicted = track.filter.position
            return SIMD2(state.x - predicted.x, state.y - predicted.y) / predicted.w
        }
    }

    /// Where a track is compared with detections.
    private enum Reference { case prediction, lastObservation }

    /// Matches `candidates` with the detections in `remaining`, and takes those that found one out of `remaining`.
    private mutating func associate(
        _ candidates: [Int], _ remaining: inout [Int], _ detections: [Detection], overlap: Double,
        from reference: Reference, _ matches: inout [Int]
    ) {
        guard !candidates.isEmpty, !remaining.isEmpty else { return }
        let columns = remaining.map { BufferedBox(detections[$0].box, buffer: settings.buffer) }
        pairs.removeAll(keepingCapacity: true)
        for (row, candidate) in candidates.enumerated() {
            let track = tracks[candidate]
            let box = BufferedBox(
                reference == .prediction ? track.filter.box : track.lastDetection.box, buffer: settings.buffer)
            for (column, other) in columns.enumerated() {
                let common = box.overlap(with: other)
                guard common >= overlap, detections[remaining[column]].classID == track.lastDetection.classID
                else { continue }
                pairs.append(.init(row: Int32(row), column: Int32(column), cost: 1 - common))
            }
        }
        guard !pairs.isEmpty else { return }
        solver.solve(
            rows: candidates.count, columns: remaining.count, pairs: pairs, unassignedCost: 1 - overlap + 1e-9)
        for (row, candidate) in candidates.enumerated() where solver.columnOfRow[row] >= 0 {
            matches[candidate] = remaining[Int(solver.columnOfRow[row])]
        }
        remaining = remaining.indices.filter { solver.rowOfColumn[$0] < 0 }.map { remaining[$0] }
    }
}
