import AnalysisAPI
import PostgreSQL

extension AnalysisStore {
    /// Stores an analysis: replaces the video's rows by those of the spool folder and completes the run, in one
    /// transaction, so readers see the old analysis or the new one.
    ///
    /// When the connection breaks during the commit, the run's row says whether it took place. The HNSW index of a
    /// model that is stored for the first time is made after the commit.
    ///
    /// - Throws: ``StoreError/fenced`` or ``StoreError/superseded(videoID:)`` when the rows must not be stored any
    ///   more, ``StoreError/badSpool(table:reason:)`` when they cannot be.
    func publish(
        _ claim: AnalysisClaim, video: StoredVideo, framesDecoded: Int64, framesAnalysed: Int64, spoolFolder: String
    ) async throws(StoreError) -> RowCounts {
        let outcome: PublishOutcome
        do throws(StoreError) {
            outcome = try await transaction { connection in
                guard try await Self.passesFence(claim, connection) else { return .superseded }
                let counts = try await Self.replaceRows(claim, spoolFolder: spoolFolder, connection)
                try await Self.complete(claim, counts, framesDecoded, framesAnalysed, connection)
                try await Self.describe(video, claim, connection)
                return .stored(counts)
            }
        } catch {
            guard case .database(let cause) = error, cause.kind == .connection,
                let counts = try await committedCounts(of: claim)
            else { throw error }
            outcome = .stored(counts)
        }
        switch outcome {
        case .superseded: throw .superseded(videoID: claim.videoID)
        case .stored(let counts):
            await makeVectorIndexes(forAnalysis: claim.analysisID)
            return counts
        }
    }

    private enum PublishOutcome: Sendable {
        case stored(RowCounts)
        case superseded
    }

    /// Locks video and run, and looks whether the claim still holds.
    ///
    /// - Returns: False when a later object of the video was stored meanwhile; the run is then marked as failed.
    private static func passesFence(_ claim: AnalysisClaim, _ connection: PostgreSQLConnection) async throws -> Bool {
        // A large spool takes longer than a request's statement may.
        try await connection.execute("SET LOCAL statement_timeout = '1h'")
        try await connection.query(
            "SELECT 1 FROM apps_db_video WHERE video_id = $1 FOR NO KEY UPDATE", [.text(claim.videoID)])
        let owned = try await connection.query(
            """
            SELECT 1 FROM apps_db_videoanalysis
            WHERE analysis_id = $1 AND attempt = $2 AND lease_owner = $3 AND status = 'PROCESSING' FOR UPDATE
            """, [.integer(claim.analysisID), .integer(Int64(claim.attempt)), .text(claim.owner)]
        ).rows
        guard !owned.isEmpty else { throw StoreError.fenced }
        // Sequencers order the objects; where one has none, the run that began later is of the newer object.
        let newer = try await connection.query(
            """
            SELECT 1 FROM (SELECT *, \(sequencerOrder) AS place FROM apps_db_videoanalysis) AS stored,
                (SELECT *, \(sequencerOrder) AS place FROM apps_db_videoanalysis) AS own
            WHERE own.analysis_id = $1 AND NOT own.forced AND stored.video_id = own.video_id
                AND stored.analysis_id <> own.analysis_id AND stored.status = 'COMPLETED'
                AND CASE WHEN stored.place <> own.place THEN stored.place > own.place
                    ELSE stored.started_at > own.started_at END
            LIMIT 1
            """, [.integer(claim.analysisID)]
        ).rows
        guard !newer.isEmpty else { return true }
        try await connection.query(
            """
            UPDATE apps_db_videoanalysis
            SET status = 'FAILED', error_code = $2, error_message = $3, lease_expires_at = NULL, updated_at = now()
            WHERE analysis_id = $1
            """,
            [
                .integer(claim.analysisID), .text(ProblemCode.superseded.rawValue),
                .text("\(StoreError.superseded(videoID: claim.videoID))"),
            ])
        return false
    }

    private static func replaceRows(
        _ claim: AnalysisClaim, spoolFolder: String, _ connection: PostgreSQLConnection
    ) async throws -> RowCounts {
        var counts = RowCounts()
        for table in SpoolTable.allCases {
            try await connection.query("DELETE FROM \(table.rawValue) WHERE video_id = $1", [.text(claim.videoID)])
            do throws(PostgreSQLError) {
                counts[table] = try await connection.copy(
                    into: table.rawValue, columns: table.columns,
                    fromBinaryFile: "\(spoolFolder)/\(table.fileName)")
            } catch {
                // SQLSTATE class 22 is a data exception: the file or a value in it cannot be read.
                let isOfTheRows = error.kind == .constraint || error.sqlState?.hasPrefix("22") == true
                guard isOfTheRows || error.kind == .file else { throw error }
                throw StoreError.badSpool(table: table.rawValue, reason: "\(error)")
            }
            try await verify(table, belongsTo: claim, counts[table], connection)
        }
        return counts
    }

    /// A spool of another video or run would replace that one's rows.
    private static func verify(
        _ table: SpoolTable, belongsTo claim: AnalysisClaim, _ count: Int64, _ connection: PostgreSQLConnection
    ) async throws {
        let own = try await connection.query(
            "SELECT count(*) AS count FROM \(table.rawValue) WHERE video_id = $1 AND analysis_id = $2",
            [.text(claim.videoID), .integer(claim.analysisID)]
        ).rows.first?.int64("count")
        guard own == count else {
            throw StoreError.badSpool(table: table.rawValue, reason: "it holds rows of another video or analysis")
        }
    }

    private static func complete(
        _ claim: AnalysisClaim, _ counts: RowCounts, _ framesDecoded: Int64, _ framesAnalysed: Int64,
        _ connection: PostgreSQLConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE apps_db_videoanalysis
            SET status = 'COMPLETED', progress = 100, lease_expires_at = NULL, frames_decoded = $2,
                frames_analysed = $3, events = $4, tracks = $5, depth_data = $6, display_data = $7,
                frame_embeddings = $8, object_embeddings = $9, error_code = NULL, error_message = NULL,
                completed_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE analysis_id = $1
            """,
            [.integer(claim.analysisID), .integer(framesDecoded), .integer(framesAnalysed)]
                + SpoolTable.allCases.map { .integer(counts[$0]) })
    }

    /// The video's row tells of the object and the run that its rows come from.
    private static func describe(
        _ video: StoredVideo, _ claim: AnalysisClaim, _ connection: PostgreSQLConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE apps_db_video AS video
            SET status = 'COMPLETED', current_analysis_id = run.analysis_id, s3_version_id = run.s3_version_id,
                s3_etag = run.s3_etag, s3_sequencer = run.s3_sequencer, file_size = run.file_size, duration = $2,
                width = $3, height = $4, fps = $5, codec = $6, container = $7, rotation = $8, has_audio = $9,
                updated_at = clock_timestamp()
            FROM apps_db_videoanalysis AS run
            WHERE run.analysis_id = $1 AND video.video_id = run.video_id
            """,
            [
                .integer(claim.analysisID), .double(video.duration), .integer(Int64(video.width)),
                .integer(Int64(video.height)), .double(video.fps), .text(video.codec), .text(video.container),
                .integer(Int64(((video.rotation % 360) + 360) % 360)), .bool(video.hasAudio),
            ])
    }

    private func committedCounts(of claim: AnalysisClaim) async throws(StoreError) -> RowCounts? {
        guard let record = try await analysis(id: claim.analysisID), record.state == .completed,
            record.attempt == claim.attempt, record.leaseOwner == claim.owner
        else { return nil }
        return record.counts
    }
}
