import VideoAnalysis

/// Keeps what a report shows of an analysis while its rows come, and no more.
struct ReportCollector: AnalysisOutput {
    private struct Depth {
        var count = 0
        var sum = 0.0
        var nearest = Double.infinity
        var farthest = 0.0
    }

    var progress: any ProgressDisplay
    private var counts = VideoReport.Counts()
    private var pictures: [VideoReport.Picture] = []
    private var keyFrames = EvenSample<VideoReport.Picture>(most: VideoReport.mostKeyFrames)
    private var tracks: [VideoReport.Track] = []
    /// Of each track, since a track's depth may come before or after it.
    private var depths: [Int: Depth] = [:]

    init(progress: any ProgressDisplay) {
        self.progress = progress
    }

    func report(
        _ summary: AnalysisSummary, settings: AnalysisSettings, title: String, origin: [VideoReport.Fact],
        fileSize: Int64
    ) -> VideoReport {
        var counts = counts
        counts.framesDecoded = summary.framesDecoded
        counts.framesAnalysed = summary.framesAnalysed
        let shown = Self.longest(tracks).map { track in
            var track = track
            track.distance = depths[track.trackID].map {
                .init(mean: $0.sum / Double($0.count), nearest: $0.nearest, farthest: $0.farthest)
            }
            return track
        }
        return VideoReport(
            title: title, origin: origin, video: summary.video, fileSize: fileSize,
            settings: ReportSettings(fingerprint: settings.fingerprint), counts: counts, classes: summary.classes,
            corruptPackets: summary.corruptPackets, pictures: pictures, keyFrames: keyFrames.elements,
            tracks: shown.sorted { $0.trackID < $1.trackID })
    }

    /// Those with the most detections, as the database is asked for them.
    private static func longest(_ tracks: [VideoReport.Track]) -> [VideoReport.Track] {
        Array(
            tracks.sorted { ($1.detections, $0.trackID) < ($0.detections, $1.trackID) }.prefix(VideoReport.mostTracks))
    }

    func started(_ video: VideoDescription) {}

    mutating func event(_ row: EventRow) {
        counts.events += 1
        if row.interpolated { counts.interpolatedEvents += 1 }
        if row.trackID == nil { counts.untrackedEvents += 1 }
    }

    mutating func track(_ row: TrackRow) {
        counts.tracks += 1
        tracks.append(
            VideoReport.Track(
                trackID: Int(row.trackID), className: row.className, firstTimestamp: row.firstTimestamp,
                lastTimestamp: row.lastTimestamp, detections: Int(row.detections)))
        if tracks.count >= 2 * VideoReport.mostTracks { tracks = Self.longest(tracks) }
    }

    mutating func depth(_ row: DepthRow) {
        counts.depth += 1
        guard row.unit == .metres else { return }
        counts.metricDepth += 1
        guard let trackID = row.trackID.map({ Int($0) }) else { return }
        let distance = Double(row.averageDepth)
        var depth = depths[trackID] ?? Depth()
        depth.count += 1
        depth.sum += distance
        depth.nearest = min(depth.nearest, distance)
        depth.farthest = max(depth.farthest, distance)
        depths[trackID] = depth
    }

    mutating func display(_ row: DisplayRow) throws(VideoAnalysisError) {
        if row.kind == .frame { counts.keyFrames += 1 }
        guard let bytes = row.image, let mediaType = row.mediaType else { return }
        let picture = VideoReport.Picture(
            kind: row.kind, timestamp: row.timestamp, width: Int(row.displayWidth), height: Int(row.displayHeight),
            overlay: row.overlay, bytes: bytes, mediaType: mediaType)
        if row.kind == .frame { try keyFrames.offer(picture) } else { pictures.append(picture) }
    }

    func frameEmbedding(_ row: FrameEmbeddingRow) {}

    func objectEmbedding(_ row: ObjectEmbeddingRow) {}

    mutating func progress(fraction: Double, frames: Int64) throws(VideoAnalysisError) {
        try progress.show(fraction: fraction, frames: frames)
    }
}
