import AnalysisAPI
import PostgreSQL

/// A row of `apps_db_videoanalysis`: one run of the analysis over one object.
struct AnalysisRecord: Sendable, Hashable {
    let analysisID: Int64
    let videoID: String
    let state: AnalysisState
    /// 0 to 100; 100 only when the rows are committed.
    let progress: Int
    let attempt: Int
    let leaseOwner: String?
    let leaseExpiresAt: String?
    /// By the database's clock: it is processing, and whoever asks for the object again takes it over.
    let leaseExpired: Bool
    /// When the progress last grew, or the attempt began.
    let progressedAt: String?
    let fingerprint: String
    let versionID: String?
    let etag: String
    let sequencer: String?
    let fileSize: Int64
    let framesDecoded: Int64?
    let framesAnalysed: Int64?
    /// Of a completed run; a later run of the video has replaced these rows when it is the video's current one.
    let counts: RowCounts?
    let errorCode: String?
    let errorMessage: String?
    /// When the last attempt began.
    let startedAt: String?
    let completedAt: String?
    let createdAt: String
    let updatedAt: String

    /// What `GET /analyses/{analysis_id}` answers.
    var status: AnalysisStatus {
        AnalysisStatus(
            analysisID: analysisID, videoID: videoID, state: state, progress: progress, attempt: attempt,
            framesDecoded: framesDecoded, framesAnalysed: framesAnalysed, counts: counts,
            errorCode: errorCode.map { ProblemCode(rawValue: $0) ?? .internalError }, errorDetail: errorMessage,
            lease: state == .processing ? lease : nil, createdAt: createdAt, updatedAt: updatedAt)
    }

    private var lease: AnalysisStatus.Lease? {
        guard let leaseExpiresAt, let since = progressedAt ?? startedAt else { return nil }
        return AnalysisStatus.Lease(expiresAt: leaseExpiresAt, isExpired: leaseExpired, progressedAt: since)
    }
}

extension AnalysisRecord {
    /// The columns that ``init(_:)`` reads.
    static let columns = """
        analysis_id, video_id, status, progress, attempt, lease_owner, \(rfc3339("lease_expires_at")), fingerprint,
        status = 'PROCESSING' AND lease_expires_at <= clock_timestamp() AS lease_expired,
        \(rfc3339("progressed_at")),
        s3_version_id, s3_etag, s3_sequencer, file_size, frames_decoded, frames_analysed, events, tracks, depth_data,
        display_data, frame_embeddings, object_embeddings, error_code, error_message, \(rfc3339("started_at")),
        \(rfc3339("completed_at")), \(rfc3339("created_at")), \(rfc3339("updated_at"))
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        let status = try row.string("status")
        guard let state = AnalysisState(rawValue: status.lowercased()) else {
            throw PostgreSQLError(.decoding, "column status has the unknown value \(status)")
        }
        self.state = state
        analysisID = try row.int64("analysis_id")
        videoID = try row.string("video_id")
        progress = try row.int("progress")
        attempt = try row.int("attempt")
        leaseOwner = try row.optionalString("lease_owner")
        leaseExpiresAt = try row.optionalString("lease_expires_at")
        leaseExpired = try row.optionalBool("lease_expired") ?? false
        progressedAt = try row.optionalString("progressed_at")
        fingerprint = try row.string("fingerprint")
        versionID = try row.optionalString("s3_version_id")
        etag = try row.string("s3_etag")
        sequencer = try row.optionalString("s3_sequencer")
        fileSize = try row.int64("file_size")
        framesDecoded = try row.optionalInt64("frames_decoded")
        framesAnalysed = try row.optionalInt64("frames_analysed")
        counts = try state == .completed ? RowCounts(row) : nil
        errorCode = try row.optionalString("error_code")
        errorMessage = try row.optionalString("error_message")
        startedAt = try row.optionalString("started_at")
        completedAt = try row.optionalString("completed_at")
        createdAt = try row.string("created_at")
        updatedAt = try row.string("updated_at")
    }
}

extension RowCounts {
    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        self.init(
            events: try row.int64("events"), tracks: try row.int64("tracks"), depth: try row.int64("depth_data"),
            display: try row.int64("display_data"), frameEmbeddings: try row.int64("frame_embeddings"),
            objectEmbeddings: try row.int64("object_embeddings"))
    }

    subscript(table: SpoolTable) -> Int64 {
        get {
            switch table {
            case .events: events
            case .tracks: tracks
            case .depth: depth
            case .display: display
            case .frameEmbeddings: frameEmbeddings
            case .objectEmbeddings: objectEmbeddings
            }
        }
        set {
            switch table {
            case .events: events = newValue
            case .tracks: tracks = newValue
            case .depth: depth = newValue
            case .display: display = newValue
            case .frameEmbeddings: frameEmbeddings = newValue
            case .objectEmbeddings: objectEmbeddings = newValue
            }
        }
    }
}

/// Selects a `timestamptz` as RFC 3339 text in UTC, under the column's own name.
func rfc3339(_ column: String) -> String {
    """
    to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS \(column)
    """
}
