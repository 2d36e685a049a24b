import AnalysisAPI
import PostgreSQL

extension AnalysisStore {
    /// Removes a video with its analyses, rows and vectors, in one transaction.
    ///
    /// An analysis of it that runs is fenced out: its run is gone, so its next renewal and its commit are refused.
    /// - Returns: False when there is no such video.
    func delete(videoID: String) async throws(StoreError) -> Bool {
        try await transaction { connection in try await Self.delete(videoID, connection) }
    }

    private static func delete(_ videoID: String, _ connection: PostgreSQLConnection) async throws -> Bool {
        // Millions of rows take longer than a request's statement may.
        try await connection.execute("SET LOCAL statement_timeout = '1h'")
        // Foreign keys cascade to the analyses, and from these to every table.
        let deleted = try await connection.query("DELETE FROM apps_db_video WHERE video_id = $1", [.text(videoID)])
        return deleted.affectedRows == 1
    }

    /// Notes that an object was removed from its bucket: marks its video, or deletes it.
    ///
    /// The removal is remembered also when no video is stored: an older upload's event that comes later, or again, is
    /// answered as superseded.
    /// - Parameters:
    ///   - sequencer: S3's order of the key's events. A removal that is older than a claimed upload changes nothing.
    func noteRemoval(
        bucket: String, key: String, sequencer: String?, deletesRows: Bool
    ) async throws(StoreError) -> RemovalResponse {
        try await transaction { connection in
            try await Self.lockKey(bucket: bucket, key: key, connection)
            let videoID = try await Self.lockVideo(bucket: bucket, key: key, connection)
            if let sequencer {
                if let videoID, try await Self.hasNewerUpload(than: sequencer, videoID, connection) {
                    return RemovalResponse(outcome: .superseded, videoID: videoID)
                }
                try await Self.remember(bucket, key, sequencer, connection)
            }
            guard let videoID else { return RemovalResponse(outcome: .unknown, videoID: nil) }
            if deletesRows {
                _ = try await Self.delete(videoID, connection)
                return RemovalResponse(outcome: .deleted, videoID: videoID)
            }
            try await connection.query(
                """
                UPDATE apps_db_video SET source_deleted_at = clock_timestamp(), updated_at = clock_timestamp()
                WHERE video_id = $1 AND source_deleted_at IS NULL
                """, [.text(videoID)])
            return RemovalResponse(outcome: .marked, videoID: videoID)
        }
    }

    /// Notes that a removal left an object under its key: of an older version, of a delete marker, or before an upload.
    ///
    /// Older removals are forgotten, since what they removed may be the object that is back.
    func notePresence(bucket: String, key: String, sequencer: String?) async throws(StoreError) -> RemovalResponse {
        try await transaction { connection in
            try await Self.lockKey(bucket: bucket, key: key, connection)
            let videoID = try await Self.lockVideo(bucket: bucket, key: key, connection)
            if let sequencer {
                let newer = try await connection.query(
                    """
                    SELECT 1 FROM apps_db_sourceremoval WHERE s3_bucket = $1 AND s3_key = $2
                        AND \(Self.sequencerOrder) > rpad(upper($3), 128, '0') COLLATE "C"
                    """, [.text(bucket), .text(key), .text(sequencer)])
                if newer.rows.isEmpty {
                    try await connection.query(
                        "DELETE FROM apps_db_sourceremoval WHERE s3_bucket = $1 AND s3_key = $2",
                        [.text(bucket), .text(key)])
                    if let videoID { try await Self.markPresent(videoID, connection) }
                }
            }
            return RemovalResponse(outcome: .present, videoID: videoID)
        }
    }

    static func markPresent(_ videoID: String, _ connection: PostgreSQLConnection) async throws {
        try await connection.query(
            """
            UPDATE apps_db_video SET source_deleted_at = NULL, updated_at = clock_timestamp()
            WHERE video_id = $1 AND source_deleted_at IS NOT NULL
            """, [.text(videoID)])
    }

    private static func lockVideo(
        bucket: String, key: String, _ connection: PostgreSQLConnection
    ) async throws -> String? {
        try await connection.query(
            "SELECT video_id FROM apps_db_video WHERE s3_bucket = $1 AND s3_key = $2 FOR UPDATE",
            [.text(bucket), .text(key)]
        ).rows.first?.string("video_id")
    }

    private static func hasNewerUpload(
        than sequencer: String, _ videoID: String, _ connection: PostgreSQLConnection
    ) async throws -> Bool {
        let newer = try await connection.query(
            """
            SELECT 1 FROM apps_db_videoanalysis
            WHERE video_id = $1 AND \(sequencerOrder) > rpad(upper($2), 128, '0') COLLATE "C" LIMIT 1
            """, [.text(videoID), .text(sequencer)])
        return !newer.rows.isEmpty
    }

    private static func remember(
        _ bucket: String, _ key: String, _ sequencer: String, _ connection: PostgreSQLConnection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO apps_db_sourceremoval AS known (s3_bucket, s3_key, s3_sequencer) VALUES ($1, $2, $3)
            ON CONFLICT (s3_bucket, s3_key) DO UPDATE SET s3_sequencer = EXCLUDED.s3_sequencer, removed_at = now()
            WHERE rpad(upper(EXCLUDED.s3_sequencer), 128, '0') COLLATE "C"
                > rpad(upper(known.s3_sequencer), 128, '0') COLLATE "C"
            """, [.text(bucket), .text(key), .text(sequencer)])
    }
}
