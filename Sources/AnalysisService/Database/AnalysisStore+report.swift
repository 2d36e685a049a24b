import PostgreSQL
import VideoAnalysis

/// What the database has for a report.
enum StoredReport: Sendable {
    case found(VideoReport)
    case unknownVideo
    /// No analysis of the video has completed; the newest one, if there is any.
    case notAnalysed(newest: AnalysisRecord?)
}

extension AnalysisStore {
    /// All that a report shows, as of one moment: a new analysis that completes meanwhile does not mix with it.
    func report(videoID: String) async throws(StoreError) -> StoredReport {
        try await transaction { connection in
            try await connection.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return try await ReportQueries(connection: connection, videoID: videoID).report()
        }
    }
}

private struct ReportQueries {
    let connection: PostgreSQLConnection
    let videoID: String

    func report() async throws(PostgreSQLError) -> StoredReport {
        let videos = try await rows("SELECT \(VideoRecord.columns) FROM apps_db_video WHERE video_id = $1")
        guard let row = videos.first else { return .unknownVideo }
        let video = try VideoRecord(row)
        guard let analysis = try await analysis(id: video.currentAnalysisID) else {
            return .notAnalysed(newest: try await newestAnalysis())
        }
        let classes = try await rows(
            "SELECT class_name, count(*) AS tracks FROM apps_db_track WHERE video_id = $1 GROUP BY class_name")
        let pictures = try await pictures()
        return .found(
            VideoReport(
                title: video.title, origin: Self.origin(video, analysis), video: VideoDescription(video),
                fileSize: video.fileSize, settings: ReportSettings(fingerprint: analysis.fingerprint),
                counts: try await counts(of: analysis),
                classes: Dictionary(
                    try classes.map { row throws(PostgreSQLError) in
                        (try row.string("class_name"), try row.int("tracks"))
                    }, uniquingKeysWith: +),
                corruptPackets: nil, pictures: pictures.filter { $0.kind != .frame },
                keyFrames: pictures.filter { $0.kind == .frame }, tracks: try await tracks()))
    }

    private static func origin(_ video: VideoRecord, _ analysis: AnalysisRecord) -> [VideoReport.Fact] {
        var facts = [
            VideoReport.Fact("Video id", video.videoID),
            VideoReport.Fact("Object", "s3://\(video.bucket)/\(video.key)"),
        ]
        if let version = video.versionID { facts.append(.init("Object version", version)) }
        let completed = analysis.completedAt.map { ", completed \($0)" } ?? ""
        facts.append(.init("Analysis", "\(analysis.analysisID)\(completed)"))
        return facts
    }

    private func analysis(id: Int64?) async throws(PostgreSQLError) -> AnalysisRecord? {
        guard let id else { return nil }
        return try await rows(
            "SELECT \(AnalysisRecord.columns) FROM apps_db_videoanalysis WHERE video_id = $1 AND analysis_id = $2",
            [.integer(id)]
        ).first.map { row throws(PostgreSQLError) in try AnalysisRecord(row) }
    }

    private func newestAnalysis() async throws(PostgreSQLError) -> AnalysisRecord? {
        try await rows(
            """
            SELECT \(AnalysisRecord.columns) FROM apps_db_videoanalysis WHERE video_id = $1
            ORDER BY analysis_id DESC LIMIT 1
            """
        ).first.map { row throws(PostgreSQLError) in try AnalysisRecord(row) }
    }

    private func counts(of analysis: AnalysisRecord) async throws(PostgreSQLError) -> VideoReport.Counts {
        var counts = VideoReport.Counts()
        counts.framesDecoded = analysis.framesDecoded ?? 0
        counts.framesAnalysed = analysis.framesAnalysed ?? 0
        let found = try await rows(
            """
            SELECT events.*, depth.*,
                (SELECT count(*) FROM apps_db_track WHERE video_id = $1) AS tracks,
                (SELECT count(*) FROM apps_db_displaydata WHERE video_id = $1 AND kind = 'frame') AS key_frames
            FROM (
                SELECT count(*) AS events, count(*) FILTER (WHERE interpolated) AS interpolated,
                    count(*) FILTER (WHERE track_id IS NULL) AS untracked
                FROM apps_db_event WHERE video_id = $1
            ) AS events, (
                SELECT count(*) AS depth, count(*) FILTER (WHERE unit = 'metres') AS metric
                FROM apps_db_depthdata WHERE video_id = $1
            ) AS depth
            """)
        guard let row = found.first else { return counts }
        counts.events = try row.int64("events")
        counts.interpolatedEvents = try row.int64("interpolated")
        counts.untrackedEvents = try row.int64("untracked")
        counts.depth = try row.int64("depth")
        counts.metricDepth = try row.int64("metric")
        counts.tracks = try row.int64("tracks")
        counts.keyFrames = try row.int64("key_frames")
        return counts
    }

    /// Of the key frames as many as are shown, evenly spread.
    private func pictures() async throws(PostgreSQLError) -> [VideoReport.Picture] {
        let found = try await rows(
            """
            SELECT kind, "timestamp", display_width, display_height, overlay, image, media_type
            FROM apps_db_displaydata
            WHERE id IN (
                SELECT id FROM (
                    SELECT id, kind, row_number() OVER (PARTITION BY kind ORDER BY frame_number, id) - 1 AS place,
                        count(*) OVER (PARTITION BY kind) AS total
                    FROM apps_db_displaydata WHERE video_id = $1 AND image IS NOT NULL
                ) AS item
                WHERE place % ((total + $2 - 1) / $2) = 0 AND (kind = 'frame' OR place = 0)
            )
            ORDER BY frame_number, id
            """, [.integer(Int64(VideoReport.mostKeyFrames))]
        )
        var pictures: [VideoReport.Picture] = []
        for row in found {
            // A kind that a newer version has stored is not for this page.
            guard let kind = DisplayRow.Kind(rawValue: try row.string("kind")) else { continue }
            pictures.append(
                VideoReport.Picture(
                    kind: kind, timestamp: try row.optionalDouble("timestamp"), width: try row.int("display_width"),
                    height: try row.int("display_height"), overlay: try row.string("overlay"),
                    bytes: try row.bytes("image"), mediaType: try row.string("media_type")))
        }
        return pictures
    }

    private func tracks() async throws(PostgreSQLError) -> [VideoReport.Track] {
        try await rows(
            """
            SELECT shown.*, distance.* FROM (
                SELECT track_id, class_name, first_timestamp, last_timestamp, detections
                FROM apps_db_track WHERE video_id = $1 ORDER BY detections DESC, track_id LIMIT $2
            ) AS shown
            CROSS JOIN LATERAL (
                SELECT avg(avg_depth) AS mean, min(avg_depth) AS nearest, max(avg_depth) AS farthest
                FROM apps_db_depthdata
                WHERE video_id = $1 AND track_id = shown.track_id AND unit = 'metres'
            ) AS distance
            ORDER BY track_id
            """, [.integer(Int64(VideoReport.mostTracks))]
        ).map { row throws(PostgreSQLError) in
            var distance: VideoReport.Track.Distance?
            if let mean = try row.optionalDouble("mean") {
                distance = .init(
                    mean: mean, nearest: try row.double("nearest"), farthest: try row.double("farthest"))
            }
            return VideoReport.Track(
                trackID: try row.int("track_id"), className: try row.string("class_name"),
                firstTimestamp: try row.double("first_timestamp"), lastTimestamp: try row.double("last_timestamp"),
                detections: try row.int("detections"), distance: distance)
        }
    }

    /// - Parameter sql: `$1` is the video's id.
    private func rows(
        _ sql: String, _ more: [PostgreSQLValue] = []
    ) async throws(PostgreSQLError) -> [PostgreSQLRow] {
        try await connection.query(sql, [.text(videoID)] + more).rows
    }
}

extension VideoDescription {
    init(_ video: VideoRecord) {
        self.init(
            width: video.width ?? 0, height: video.height ?? 0, rotation: video.rotation ?? 0,
            duration: video.duration ?? 0, fps: video.fps ?? 0, codec: video.codec ?? "",
            container: video.container ?? "", hasAudio: video.hasAudio ?? false)
    }
}
