import AnalysisAPI
import PostgreSQL

/// Which events of a video are asked for; nil asks for all.
struct EventFilter: Sendable, Hashable {
    var className: String?
    var trackID: Int?
    /// 0 to 1.
    var minimumConfidence: Double?
    /// Seconds, this one included.
    var fromSeconds: Double?
    /// Seconds, this one left out.
    var toSeconds: Double?
}

/// What a video's row says of its rows.
enum VideoStatus: String, CaseIterable, Sendable {
    case uploading = "UPLOADING"
    case pending = "PENDING"
    case processing = "PROCESSING"
    case completed = "COMPLETED"
    case failed = "FAILED"
}

/// Whether the process of a run in progress still shows signs of life.
enum LeaseState: String, CaseIterable, Sendable {
    case live, expired
}

extension AnalysisStore {
    /// Videos, the newest first.
    ///
    /// - Parameters:
    ///   - status: As it is stored.
    ///   - sourceDeleted: Only those whose object is gone, or only those whose object is there.
    func videos(
        status: VideoStatus? = nil, sourceDeleted: Bool? = nil, _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<VideoRecord> {
        let cursor = try PageCursor(page, list: "videos", parts: 2)
        let rows = try await rows(
            """
            SELECT \(VideoRecord.columns) FROM apps_db_video AS video
            WHERE ($1::bigint IS NULL OR (video.created_at, video.video_id)
                    < (timestamptz 'epoch' + $1 * interval '1 microsecond', $2))
                AND ($3::text IS NULL OR video.status = $3)
                AND ($4::bool IS NULL OR (video.source_deleted_at IS NOT NULL) = $4)
            ORDER BY video.created_at DESC, video.video_id DESC LIMIT $5
            """,
            [
                .init(try cursor?.microseconds(0)), .init(cursor?.parts[1]), .init(status?.rawValue),
                sourceDeleted.map(PostgreSQLValue.bool) ?? .null, page.count,
            ]
        ) { (row) throws(PostgreSQLError) in try VideoRecord(row) }
        // The last row itself may be deleted by the time the next page is asked for.
        return StoredPage(rows, limit: page.limit) {
            PageCursor("videos", ["\($0.createdMicroseconds)", $0.videoID])
        }
    }

    func video(id: String) async throws(StoreError) -> VideoRecord? {
        try await rows("SELECT \(VideoRecord.columns) FROM apps_db_video WHERE video_id = $1", [.text(id)]) {
            (row) throws(PostgreSQLError) in try VideoRecord(row)
        }.first
    }

    /// Runs, the newest first.
    func analyses(
        state: AnalysisState? = nil, videoID: String? = nil, errorCode: ProblemCode? = nil, lease: LeaseState? = nil,
        _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<AnalysisRecord> {
        let cursor = try PageCursor(page, list: "analyses", parts: 1)
        let rows = try await rows(
            """
            SELECT \(AnalysisRecord.columns) FROM apps_db_videoanalysis
            WHERE ($1::bigint IS NULL OR analysis_id < $1) AND ($2::text IS NULL OR status = $2)
                AND ($3::text IS NULL OR video_id = $3) AND ($4::text IS NULL OR (status = 'FAILED' AND error_code = $4))
                AND ($5::bool IS NULL OR (status = 'PROCESSING' AND (lease_expires_at <= clock_timestamp()) = $5))
            ORDER BY analysis_id DESC LIMIT $6
            """,
            [
                .init(try cursor?.integer(0)), .init(state?.rawValue.uppercased()), .init(videoID),
                .init(errorCode?.rawValue), lease.map { .bool($0 == .expired) } ?? .null, page.count,
            ]
        ) { (row) throws(PostgreSQLError) in try AnalysisRecord(row) }
        return StoredPage(rows, limit: page.limit) { PageCursor("analyses", ["\($0.analysisID)"]) }
    }

    /// A video's events in the order of its frames.
    func events(
        videoID: String, _ filter: EventFilter = .init(), _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<EventRecord> {
        let cursor = try PageCursor(page, list: "events", parts: 2)
        let rows = try await rows(
            """
            SELECT \(EventRecord.columns) FROM apps_db_event
            WHERE video_id = $1 AND ($2::bigint IS NULL OR (frame_number, id) > ($2, $3))
                AND ($4::text IS NULL OR class_name = $4) AND ($5::int IS NULL OR track_id = $5)
                AND ($6::float8 IS NULL OR confidence >= $6) AND ($7::float8 IS NULL OR "timestamp" >= $7)
                AND ($8::float8 IS NULL OR "timestamp" < $8)
            ORDER BY frame_number, id LIMIT $9
            """,
            [
                .text(videoID), .init(try cursor?.integer(0)), .init(try cursor?.integer(1)), .init(filter.className),
                .init(filter.trackID), .init(filter.minimumConfidence), .init(filter.fromSeconds),
                .init(filter.toSeconds), page.count,
            ]
        ) { (row) throws(PostgreSQLError) in try EventRecord(row) }
        return StoredPage(rows, limit: page.limit) { PageCursor("events", ["\($0.frameNumber)", "\($0.id)"]) }
    }

    /// A video's tracks by their ids.
    func tracks(
        videoID: String, className: String? = nil, _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<TrackRecord> {
        let cursor = try PageCursor(page, list: "tracks", parts: 1)
        let rows = try await rows(
            """
            SELECT \(TrackRecord.columns) FROM apps_db_track
            WHERE video_id = $1 AND ($2::bigint IS NULL OR track_id > $2) AND ($3::text IS NULL OR class_name = $3)
            ORDER BY track_id LIMIT $4
            """, [.text(videoID), .init(try cursor?.integer(0)), .init(className), page.count]
        ) { (row) throws(PostgreSQLError) in try TrackRecord(row) }
        return StoredPage(rows, limit: page.limit) { PageCursor("tracks", ["\($0.trackID)"]) }
    }

    /// A video's depth rows in the order of its frames; ``depthMap(videoID:id:)`` reads the map of one.
    func depth(
        videoID: String, trackID: Int? = nil, _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<DepthRecord> {
        let cursor = try PageCursor(page, list: "depth", parts: 2)
        let rows = try await rows(
            """
            SELECT \(DepthRecord.columns) FROM apps_db_depthdata
            WHERE video_id = $1 AND ($2::bigint IS NULL OR (frame_number, id) > ($2, $3))
                AND ($4::int IS NULL OR track_id = $4)
            ORDER BY frame_number, id LIMIT $5
            """,
            [
                .text(videoID), .init(try cursor?.integer(0)), .init(try cursor?.integer(1)), .init(trackID),
                page.count,
            ]
        ) { (row) throws(PostgreSQLError) in try DepthRecord(row) }
        return StoredPage(rows, limit: page.limit) { PageCursor("depth", ["\($0.frameNumber)", "\($0.id)"]) }
    }

    /// The 16-bit PNG of a whole frame's depth.
    func depthMap(videoID: String, id: Int64) async throws(StoreError) -> StoredImage? {
        try await rows(
            "SELECT depth_map FROM apps_db_depthdata WHERE video_id = $1 AND id = $2 AND depth_map IS NOT NULL",
            [.text(videoID), .integer(id)]
        ) { (row) throws(PostgreSQLError) in
            StoredImage(bytes: try row.bytes("depth_map"), mediaType: "image/png")
        }.first
    }

    /// What a screen needs to show a video's analysis; ``displayImage(videoID:id:)`` reads the image of one.
    func displayItems(
        videoID: String, kind: String? = nil, _ page: PageRequest = .init()
    ) async throws(StoreError) -> StoredPage<DisplayRecord> {
        let cursor = try PageCursor(page, list: "display", parts: 1)
        let rows = try await rows(
            """
            SELECT \(DisplayRecord.columns) FROM apps_db_displaydata
            WHERE video_id = $1 AND ($2::bigint IS NULL OR id > $2) AND ($3::text IS NULL OR kind = $3)
            ORDER BY id LIMIT $4
            """, [.text(videoID), .init(try cursor?.integer(0)), .init(kind), page.count]
        ) { (row) throws(PostgreSQLError) in try DisplayRecord(row) }
        return StoredPage(rows, limit: page.limit) { PageCursor("display", ["\($0.id)"]) }
    }

    func displayImage(videoID: String, id: Int64) async throws(StoreError) -> StoredImage? {
        try await rows(
            """
            SELECT image, media_type FROM apps_db_displaydata WHERE video_id = $1 AND id = $2 AND image IS NOT NULL
            """, [.text(videoID), .integer(id)]
        ) { (row) throws(PostgreSQLError) in
            StoredImage(bytes: try row.bytes("image"), mediaType: try row.string("media_type"))
        }.first
    }

    func rows<Row: Sendable>(
        _ sql: String, _ parameters: [PostgreSQLValue], _ decode: (PostgreSQLRow) throws(PostgreSQLError) -> Row
    ) async throws(StoreError) -> [Row] {
        do throws(PostgreSQLError) {
            return try await pool.query(sql, parameters).rows.map(decode)
        } catch {
            throw .database(error)
        }
    }
}

extension PageRequest {
    /// One row more than the page holds tells whether there are more.
    fileprivate var count: PostgreSQLValue {
        .integer(Int64(limit + 1))
    }
}
