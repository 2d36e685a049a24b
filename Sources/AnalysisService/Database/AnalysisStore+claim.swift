import AnalysisAPI
import PostgreSQL

extension AnalysisStore {
    /// Asks for the right to analyse an object.
    ///
    /// The same object (bucket, key, and version or ETag) with the same fingerprint is analysed once: a repeat is told
    /// of the run in progress or of the finished one, whose rows are the video's current ones. A run that failed, was
    /// released, or whose lease ended is taken up again under its id, with the next attempt number.
    ///
    /// - Parameters:
    ///   - fingerprint: Names the code's version, the models and the parameters.
    ///   - force: Analyses an object again that is finished, and one that a newer object has superseded; a run in
    ///     progress is attached to all the same.
    ///   - owner: Names this process.
    ///   - hasSlot: False for a caller that could not start the analysis now: it learns of the run in progress or of
    ///     the finished one, and uses up no attempt.
    func claim(
        _ source: SourceObject, fingerprint: String, force: Bool, owner: String, leaseSeconds: Int,
        hasSlot: Bool = true
    ) async throws(StoreError) -> ClaimOutcome {
        try Self.validate(videoID: source.newVideoID)
        return try await transaction { connection in
            try await Self.lockKey(bucket: source.bucket, key: source.key, connection)
            let video = try await Self.lockVideo(of: source, connection)
            let isSuperseded = try await Self.isSuperseded(
                bucket: source.bucket, key: source.key, sequencer: source.sequencer, connection)
            if isSuperseded, !force { return .superseded }
            if !isSuperseded, source.isCurrent { try await Self.markPresent(video.id, connection) }
            let run = try await Self.lockLatestRun(of: source, fingerprint, videoID: video.id, connection)
            if let run, run.isLeased { return .inProgress(run.record) }
            if let run, run.record.state == .completed, run.record.analysisID == video.currentAnalysisID, !force {
                return .finished(run.record)
            }
            guard hasSlot else { return .unclaimed }
            if let run, run.record.state != .completed {
                return .claimed(
                    try await Self.takeUp(run.record, source, force: force, owner, leaseSeconds, connection))
            }
            return .claimed(
                try await Self.newRun(
                    source, fingerprint, force: force, videoID: video.id, owner, leaseSeconds, connection))
        }
    }

    private struct LockedVideo {
        let id: String
        let currentAnalysisID: Int64?
    }

    private struct LockedRun {
        let record: AnalysisRecord
        /// Processing, under a lease that has not ended.
        let isLeased: Bool
    }

    /// Ids are shown in paths and logs.
    static func validate(videoID: String) throws(StoreError) {
        guard !videoID.isEmpty else { throw .invalidVideoID("it is empty") }
        guard videoID.utf8.count <= 1024 else { throw .invalidVideoID("it is longer than 1024 bytes") }
        guard !videoID.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .invalidVideoID("it contains a control character")
        }
    }

    /// Makes claims and removals of one key take turns, also while it has no video.
    static func lockKey(bucket: String, key: String, _ connection: PostgreSQLConnection) async throws {
        try await connection.query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text("\(bucket)/\(key)")])
    }

    /// Finds or makes the object's video. The row's lock makes the claims of one object, and its commit, take turns.
    private static func lockVideo(
        of source: SourceObject, _ connection: PostgreSQLConnection
    ) async throws -> LockedVideo {
        try await connection.query(
            """
            INSERT INTO apps_db_video
                (video_id, title, s3_bucket, s3_key, s3_version_id, s3_etag, s3_sequencer, file_size)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            [
                .text(source.newVideoID), .text(source.title), .text(source.bucket), .text(source.key),
                .init(source.versionID), .text(source.etag), .init(source.sequencer), .integer(source.size),
            ])
        let rows = try await connection.query(
            """
            SELECT video_id, current_analysis_id FROM apps_db_video
            WHERE s3_bucket = $1 AND s3_key = $2 FOR NO KEY UPDATE
            """, [.text(source.bucket), .text(source.key)]
        ).rows
        guard let row = rows.first else { throw try await collision(of: source, connection) }
        return LockedVideo(
            id: try row.string("video_id"), currentAnalysisID: try row.optionalInt64("current_analysis_id"))
    }

    private static func collision(
        of source: SourceObject, _ connection: PostgreSQLConnection
    ) async throws -> StoreError {
        let rows = try await connection.query(
            "SELECT s3_bucket, s3_key FROM apps_db_video WHERE video_id = $1", [.text(source.newVideoID)]
        ).rows
        guard let row = rows.first else {
            return .database(PostgreSQLError(.serialization, "the video was deleted while it was claimed"))
        }
        return .videoIDTaken(
            videoID: source.newVideoID, bucket: try row.string("s3_bucket"), key: try row.string("s3_key"))
    }

    /// S3 says that sequencers are compared as text after the shorter one is padded with zeros.
    static let sequencerOrder = "rpad(upper(s3_sequencer), 128, '0') COLLATE \"C\""

    /// Whether a newer event of the key is known: an object that was claimed, or a removal.
    func isSuperseded(bucket: String, key: String, sequencer: String) async throws(StoreError) -> Bool {
        try await transaction { connection in
            try await Self.isSuperseded(bucket: bucket, key: key, sequencer: sequencer, connection)
        }
    }

    private static func isSuperseded(
        bucket: String, key: String, sequencer: String?, _ connection: PostgreSQLConnection
    ) async throws -> Bool {
        guard let sequencer else { return false }
        let rows = try await connection.query(
            """
            SELECT 1 FROM apps_db_videoanalysis
            WHERE video_id = (SELECT video_id FROM apps_db_video WHERE s3_bucket = $1 AND s3_key = $2)
                AND \(sequencerOrder) > rpad(upper($3), 128, '0') COLLATE "C"
            UNION ALL
            SELECT 1 FROM apps_db_sourceremoval
            WHERE s3_bucket = $1 AND s3_key = $2 AND \(sequencerOrder) > rpad(upper($3), 128, '0') COLLATE "C" LIMIT 1
            """, [.text(bucket), .text(key), .text(sequencer)]
        ).rows
        return !rows.isEmpty
    }

    /// The object's last run with the fingerprint. A version names an object exactly; without versions the ETag does.
    private static func lockLatestRun(
        of source: SourceObject, _ fingerprint: String, videoID: String, _ connection: PostgreSQLConnection
    ) async throws -> LockedRun? {
        let row = try await connection.query(
            """
            SELECT \(AnalysisRecord.columns),
                status = 'PROCESSING' AND lease_expires_at > clock_timestamp() AS is_leased
            FROM apps_db_videoanalysis
            WHERE video_id = $1 AND fingerprint = $2 AND s3_etag = $3 AND s3_version_id IS NOT DISTINCT FROM $4
            ORDER BY analysis_id DESC LIMIT 1 FOR UPDATE
            """, [.text(videoID), .text(fingerprint), .text(source.etag), .init(source.versionID)]
        ).rows.first
        guard let row else { return nil }
        return LockedRun(record: try AnalysisRecord(row), isLeased: try row.bool("is_leased"))
    }

    private static func newRun(
        _ source: SourceObject, _ fingerprint: String, force: Bool, videoID: String, _ owner: String,
        _ leaseSeconds: Int, _ connection: PostgreSQLConnection
    ) async throws -> AnalysisClaim {
        let row = try await connection.query(
            """
            INSERT INTO apps_db_videoanalysis
                (video_id, status, attempt, lease_owner, lease_expires_at, fingerprint, s3_version_id, s3_etag,
                 s3_sequencer, file_size, forced, started_at, progressed_at)
            VALUES ($1, 'PROCESSING', 1, $2, clock_timestamp() + make_interval(secs => $3), $4, $5, $6, $7, $8, $9,
                clock_timestamp(), clock_timestamp())
            RETURNING analysis_id
            """,
            [
                .text(videoID), .text(owner), .integer(Int64(leaseSeconds)), .text(fingerprint),
                .init(source.versionID),
                .text(source.etag), .init(source.sequencer), .integer(source.size), .bool(force),
            ]
        ).rows.first
        guard let row else { throw PostgreSQLError(.decoding, "the new run has no id") }
        try await markProcessing(videoID, connection)
        return AnalysisClaim(analysisID: try row.int64("analysis_id"), videoID: videoID, attempt: 1, owner: owner)
    }

    private static func takeUp(
        _ run: AnalysisRecord, _ source: SourceObject, force: Bool, _ owner: String, _ leaseSeconds: Int,
        _ connection: PostgreSQLConnection
    ) async throws -> AnalysisClaim {
        try await connection.query(
            """
            UPDATE apps_db_videoanalysis
            SET status = 'PROCESSING', attempt = attempt + 1, progress = 0, lease_owner = $2,
                lease_expires_at = clock_timestamp() + make_interval(secs => $3), started_at = clock_timestamp(),
                progressed_at = clock_timestamp(),
                s3_sequencer = coalesce($4, s3_sequencer), forced = $5, error_code = NULL, error_message = NULL,
                updated_at = now()
            WHERE analysis_id = $1
            """,
            [
                .integer(run.analysisID), .text(owner), .integer(Int64(leaseSeconds)), .init(source.sequencer),
                .bool(force),
            ])
        try await markProcessing(run.videoID, connection)
        return AnalysisClaim(
            analysisID: run.analysisID, videoID: run.videoID, attempt: run.attempt + 1, owner: owner)
    }

    /// A video whose rows are stored stays COMPLETED while it is analysed again: they can be read all the time.
    private static func markProcessing(_ videoID: String, _ connection: PostgreSQLConnection) async throws {
        try await connection.query(
            """
            UPDATE apps_db_video SET status = 'PROCESSING', updated_at = now()
            WHERE video_id = $1 AND current_analysis_id IS NULL
            """, [.text(videoID)])
    }
}
