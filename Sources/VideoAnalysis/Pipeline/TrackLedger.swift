/// Sums up each track while it lasts.
struct TrackLedger {
    /// A track that is over.
    struct Ended {
        var row: TrackRow
        var bestView: BestView?
    }

    fileprivate struct Entry {
        var row: TrackRow
        var confidenceSum = 0.0
        var stride = 1
        var offered = 0
        var lastPoint: TrackRow.PathPoint
        var bestView: BestView?
    }

    fileprivate static let mostPathPoints = 512

    private var entries: [Int32: Entry] = [:]

    mutating func append(_ object: TrackedObject, in frame: TrackedFrame, bestView: BestView?) {
        guard let trackID = object.trackID.map({ Int32(clamping: $0) }) else { return }
        let foot = object.detection.box.foot
        let point = TrackRow.PathPoint(
            frameNumber: frame.frameNumber, timestamp: frame.timestamp, x: foot.x, y: foot.y)
        var entry =
            entries[trackID]
            ?? Entry(
                row: TrackRow(
                    trackID: trackID, classID: Int32(clamping: object.detection.classID),
                    className: object.detection.className, firstFrame: frame.frameNumber, lastFrame: frame.frameNumber,
                    firstTimestamp: frame.timestamp, lastTimestamp: frame.timestamp, detections: 0, confidence: 0,
                    path: []),
                lastPoint: point)
        entry.row.lastFrame = frame.frameNumber
        entry.row.lastTimestamp = frame.timestamp
        if !object.interpolated {
            entry.row.detections += 1
            entry.confidenceSum += Double(object.detection.confidence)
        }
        entry.append(point)
        if let bestView, bestView.quality > entry.bestView?.quality ?? 0 { entry.bestView = bestView }
        entries[trackID] = entry
    }

    /// Takes out the tracks not seen since before `timestamp`, in order of their ids.
    mutating func takeEnded(before timestamp: Double) -> [Ended] {
        let over = entries.filter { $0.value.row.lastTimestamp < timestamp }.keys.sorted()
        return over.compactMap { trackID in
            guard var entry = entries.removeValue(forKey: trackID) else { return nil }
            if entry.row.path.last != entry.lastPoint { entry.row.path.append(entry.lastPoint) }
            entry.row.confidence = Float(entry.confidenceSum / Double(max(entry.row.detections, 1)))
            return Ended(row: entry.row, bestView: entry.bestView)
        }
    }
}

extension TrackLedger.Entry {
    /// Keeps the path's shape with ever fewer points.
    fileprivate mutating func append(_ point: TrackRow.PathPoint) {
        defer { offered += 1 }
        lastPoint = point
        guard offered % stride == 0 else { return }
        row.path.append(point)
        guard row.path.count > TrackLedger.mostPathPoints else { return }
        row.path = row.path.indices.filter { $0 % 2 == 0 }.map { row.path[$0] }
        stride *= 2
    }
}
