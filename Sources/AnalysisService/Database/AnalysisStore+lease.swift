import AnalysisAPI
import PostgreSQL

extension AnalysisStore {
    /// Prolongs the lease and records the progress, which stays below 100 until the commit.
    ///
    /// - Throws: ``StoreError/fenced`` when the analysis is no longer this claim's; a claim that has committed is not.
    func renew(_ claim: AnalysisClaim, leaseSeconds: Int, progress: Int) async throws(StoreError) {
        let result = try await read { (pool) throws(PostgreSQLError) in
            try await pool.query(
                """
                UPDATE apps_db_videoanalysis
                SET lease_expires_at = CASE status
                        WHEN 'PROCESSING' THEN clock_timestamp() + make_interval(secs => $4) ELSE lease_expires_at END,
                    progressed_at = CASE
                        WHEN status = 'PROCESSING' AND $5 > progress THEN now() ELSE progressed_at END,
                    progress = CASE status WHEN 'PROCESSING' THEN greatest(progress, $5) ELSE progress END,
                    updated_at = CASE status WHEN 'PROCESSING' THEN now() ELSE updated_at END
                WHERE analysis_id = $1 AND attempt = $2 AND lease_owner = $3 AND status IN ('PROCESSING', 'COMPLETED')
                """,
                [
                    .integer(claim.analysisID), .integer(Int64(claim.attempt)), .text(claim.owner),
                    .integer(Int64(leaseSeconds)), .integer(Int64(min(max(progress, 0), 99))),
                ])
        }
        guard result.affectedRows == 1 else { throw .fenced }
    }

    /// Ends the claim with an error, which readers find with the run.
    ///
    /// The video becomes FAILED when nothing was ever stored of it. A video that has rows keeps them and stays
    /// COMPLETED: the failed run beside it says that they are of an older analysis. A claim that has ended already is
    /// left as it is. This is done even when the calling task is cancelled.
    /// - Parameter progress: how far it came, in percent, when that may be more than the lease's last renewal told.
    func fail(
        _ claim: AnalysisClaim, code: ProblemCode, detail: String, progress: Int = 0
    ) async throws(StoreError) {
        try await end(
            claim, status: "FAILED",
            """
            status = 'FAILED', error_code = $4, error_message = $5, progress = greatest(progress, $6),
            completed_at = NULL
            """,
            [
                .text(code.rawValue), .text(detail.replacing("\0", with: "")),
                .integer(Int64(min(max(progress, 0), 99))),
            ])
    }

    /// Gives the analysis back unfinished: it is `pending` and can be claimed at once.
    ///
    /// This is done even when the calling task is cancelled.
    func release(_ claim: AnalysisClaim) async throws(StoreError) {
        try await end(claim, status: "PENDING", "status = 'PENDING', progress = 0", [])
    }

    /// The task is its own so that a service that is stopping, whose tasks are cancelled, still ends its claims.
    private func end(
        _ claim: AnalysisClaim, status: String, _ change: String, _ parameters: [PostgreSQLValue]
    ) async throws(StoreError) {
        let ending = Task { () -> Result<Void, StoreError> in
            do throws(StoreError) {
                return .success(
                    try await transaction { connection in
                        try await Self.end(claim, videoStatus: status, change, parameters, connection)
                    })
            } catch {
                return .failure(error)
            }
        }
        try await ending.value.get()
    }

    /// The video is locked first, as in every transaction that touches both.
    private static func end(
        _ claim: AnalysisClaim, videoStatus: String, _ change: String, _ parameters: [PostgreSQLValue],
        _ connection: PostgreSQLConnection
    ) async throws {
        try await connection.query(
            "SELECT 1 FROM apps_db_video WHERE video_id = $1 FOR NO KEY UPDATE", [.text(claim.videoID)])
        let identity: [PostgreSQLValue] = [
            .integer(claim.analysisID), .integer(Int64(claim.attempt)), .text(claim.owner),
        ]
        let ended = try await connection.query(
            """
            UPDATE apps_db_videoanalysis SET \(change), lease_expires_at = NULL, updated_at = now()
            WHERE analysis_id = $1 AND attempt = $2 AND lease_owner = $3 AND status = 'PROCESSING'
            """, identity + parameters)
        guard ended.affectedRows == 1 else {
            let own = try await connection.query(
                """
                SELECT 1 FROM apps_db_videoanalysis WHERE analysis_id = $1 AND attempt = $2 AND lease_owner = $3
                """, identity)
            guard !own.rows.isEmpty else { throw StoreError.fenced }
            return
        }
        // Another run of the video (of a newer object) may be in progress.
        try await connection.query(
            """
            UPDATE apps_db_video SET status = $2, updated_at = now()
            WHERE video_id = $1 AND current_analysis_id IS NULL AND NOT EXISTS (
                SELECT FROM apps_db_videoanalysis AS run WHERE run.video_id = $1 AND run.status = 'PROCESSING')
            """, [.text(claim.videoID), .text(videoStatus)])
    }
}
