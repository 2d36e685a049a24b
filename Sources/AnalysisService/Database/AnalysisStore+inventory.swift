import AnalysisAPI
import JSON
import PostgreSQL

extension AnalysisStore {
    /// What is stored of each object with the content of its entity tag, in the order of the objects; of one without
    /// an entity tag, whatever its newest run has analysed.
    ///
    /// An object that is not stored is `refused` when its id cannot be used or belongs to another object.
    func inventory(
        bucket: String, _ objects: [InventoryRequest.Object]
    ) async throws(StoreError) -> [InventoryResponse.Entry] {
        let asked = JSON.array(
            objects.enumerated().map { place, object in
                let id = SourceObject.newVideoID(ofKey: object.key, requested: object.videoID)
                var members: [String: JSON] = [
                    "place": .integer(Int64(place)), "s3_key": .string(object.key), "new_video_id": .string(id),
                ]
                members["etag"] = object.etag.map(JSON.string)
                return .object(members)
            })
        let rows = try await read { (pool) throws(PostgreSQLError) in
            // Of one content the run whose rows are stored goes before later ones; else the last one speaks.
            try await pool.query(
                """
                SELECT asked.s3_key, asked.new_video_id, video.video_id, other.s3_bucket AS other_bucket,
                    other.s3_key AS other_key, run.analysis_id, run.status, run.attempt, run.error_code,
                    run.error_message, run.analysis_id = video.current_analysis_id AS is_stored,
                    run.status = 'PROCESSING' AND run.lease_expires_at <= clock_timestamp() AS lease_expired
                FROM jsonb_to_recordset($2::jsonb) AS asked (place int, s3_key text, etag text, new_video_id text)
                LEFT JOIN apps_db_video AS video ON video.s3_bucket = $1 AND video.s3_key = asked.s3_key
                LEFT JOIN apps_db_video AS other ON video.video_id IS NULL AND other.video_id = asked.new_video_id
                LEFT JOIN LATERAL (
                    SELECT * FROM apps_db_videoanalysis AS own
                    WHERE own.video_id = video.video_id AND own.s3_etag = coalesce(asked.etag, own.s3_etag)
                    ORDER BY (asked.etag IS NOT NULL
                            AND own.analysis_id IS NOT DISTINCT FROM video.current_analysis_id) DESC,
                        own.analysis_id DESC LIMIT 1
                ) AS run ON true
                ORDER BY asked.place
                """, [.text(bucket), .text(asked.serialized())]
            ).rows
        }
        return try await read { (_) throws(PostgreSQLError) in
            try rows.map { (row) throws(PostgreSQLError) in try InventoryResponse.Entry(row) }
        }
    }
}

extension InventoryResponse.Entry {
    fileprivate init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        let state: InventoryResponse.State
        var problem: Problem?
        switch try row.optionalString("status") {
        // Rows of another content have replaced these.
        case "COMPLETED": state = try row.optionalBool("is_stored") == true ? .completed : .missing
        case "PROCESSING": state = try row.bool("lease_expired") ? .expired : .processing
        case "PENDING": state = .pending
        case "FAILED":
            state = .failed
            let code = ProblemCode(rawValue: try row.string("error_code")) ?? .internalError
            problem = Problem(code: code, detail: try row.optionalString("error_message") ?? code.title)
        default:
            problem = try Self.refusal(row)
            state = problem == nil ? .missing : .refused
        }
        self.init(
            key: try row.string("s3_key"), state: state, videoID: try row.optionalString("video_id"),
            analysisID: try row.optionalInt64("analysis_id"), attempt: try row.optionalInt("attempt"),
            problem: problem)
    }

    /// Why an object without a run would not get one.
    private static func refusal(_ row: PostgreSQLRow) throws(PostgreSQLError) -> Problem? {
        guard try row.optionalString("video_id") == nil else { return nil }
        let id = try row.string("new_video_id")
        if let bucket = try row.optionalString("other_bucket") {
            let key = try row.string("other_key")
            return Problem(answering: StoreError.videoIDTaken(videoID: id, bucket: bucket, key: key))
        }
        do throws(StoreError) {
            try AnalysisStore.validate(videoID: id)
            return nil
        } catch {
            return Problem(answering: error)
        }
    }
}
