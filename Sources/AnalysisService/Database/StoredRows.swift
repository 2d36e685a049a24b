import PostgreSQL

/// A row of `apps_db_video`. Times are RFC 3339 in UTC.
struct VideoRecord: Sendable, Hashable {
    let videoID: String
    let title: String
    let bucket: String
    let key: String
    let versionID: String?
    let etag: String?
    let sequencer: String?
    /// Bytes.
    let fileSize: Int64?
    /// Seconds.
    let duration: Double?
    let width: Int?
    let height: Int?
    let fps: Double?
    let codec: String?
    let container: String?
    let rotation: Int?
    let hasAudio: Bool?
    /// `UPLOADING`, `PENDING`, `PROCESSING`, `COMPLETED` (there are rows to read) or `FAILED`.
    let status: String
    /// The run whose rows are stored.
    let currentAnalysisID: Int64?
    /// When the service learned that the object is gone; nil while it is there.
    let sourceDeletedAt: String?
    let createdAt: String
    /// ``createdAt`` in full, since 1970.
    let createdMicroseconds: Int64
    let updatedAt: String

    static let columns = """
        video_id, title, s3_bucket, s3_key, s3_version_id, s3_etag, s3_sequencer, file_size, duration, width, height,
        fps, codec, container, rotation, has_audio, status, current_analysis_id,
        \(rfc3339("source_deleted_at")), \(rfc3339("created_at")), \(rfc3339("updated_at")),
        (extract(epoch FROM created_at) * 1000000)::bigint AS created_microseconds
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        videoID = try row.string("video_id")
        title = try row.string("title")
        bucket = try row.string("s3_bucket")
        key = try row.string("s3_key")
        versionID = try row.optionalString("s3_version_id")
        etag = try row.optionalString("s3_etag")
        sequencer = try row.optionalString("s3_sequencer")
        fileSize = try row.optionalInt64("file_size")
        duration = try row.optionalDouble("duration")
        width = try row.optionalInt("width")
        height = try row.optionalInt("height")
        fps = try row.optionalDouble("fps")
        codec = try row.optionalString("codec")
        container = try row.optionalString("container")
        rotation = try row.optionalInt("rotation")
        hasAudio = try row.optionalBool("has_audio")
        status = try row.string("status")
        currentAnalysisID = try row.optionalInt64("current_analysis_id")
        sourceDeletedAt = try row.optionalString("source_deleted_at")
        createdAt = try row.string("created_at")
        createdMicroseconds = try row.int64("created_microseconds")
        updatedAt = try row.string("updated_at")
    }
}

/// A row of `apps_db_event`.
struct EventRecord: Sendable, Hashable {
    let id: Int64
    let analysisID: Int64
    let frameNumber: Int64
    /// Seconds.
    let timestamp: Double
    let trackID: Int?
    let classID: Int
    let className: String
    let confidence: Double
    /// x1, y1, x2, y2 in pixels of the upright frame.
    let bbox: [Float]
    let interpolated: Bool

    static let columns = """
        id, analysis_id, frame_number, "timestamp", track_id, class_id, class_name, confidence, bbox, interpolated
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        id = try row.int64("id")
        analysisID = try row.int64("analysis_id")
        frameNumber = try row.int64("frame_number")
        timestamp = try row.double("timestamp")
        trackID = try row.optionalInt("track_id")
        classID = try row.int("class_id")
        className = try row.string("class_name")
        confidence = try row.double("confidence")
        bbox = try row.floats("bbox")
        interpolated = try row.bool("interpolated")
    }
}

/// A row of `apps_db_track`.
struct TrackRecord: Sendable, Hashable {
    let analysisID: Int64
    let trackID: Int
    let classID: Int
    let className: String
    let firstFrame: Int64
    let lastFrame: Int64
    let firstTimestamp: Double
    let lastTimestamp: Double
    let detections: Int
    let confidence: Double
    /// JSON text: `[[frame, timestamp, x, y], ...]`.
    let path: String

    static let columns = """
        analysis_id, track_id, class_id, class_name, first_frame, last_frame, first_timestamp, last_timestamp,
        detections, confidence, path
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        analysisID = try row.int64("analysis_id")
        trackID = try row.int("track_id")
        classID = try row.int("class_id")
        className = try row.string("class_name")
        firstFrame = try row.int64("first_frame")
        lastFrame = try row.int64("last_frame")
        firstTimestamp = try row.double("first_timestamp")
        lastTimestamp = try row.double("last_timestamp")
        detections = try row.int("detections")
        confidence = try row.double("confidence")
        path = try row.string("path")
    }
}

/// A row of `apps_db_depthdata`, without its depth map.
struct DepthRecord: Sendable, Hashable {
    let id: Int64
    let analysisID: Int64
    let frameNumber: Int64
    let timestamp: Double
    /// Nil: the whole frame.
    let trackID: Int?
    let bbox: [Float]?
    let area: Double
    let averageDepth: Double
    let minimumDepth: Double
    let maximumDepth: Double
    let depthVariance: Double
    /// `metres` or `relative`.
    let unit: String
    let estimator: String
    let hasDepthMap: Bool
    /// Nil without a map.
    let depthMapScale: Double?

    static let columns = """
        id, analysis_id, frame_number, "timestamp", track_id, bbox, area, avg_depth, min_depth, max_depth,
        depth_variance, unit, estimator, depth_map IS NOT NULL AS has_depth_map, depth_map_scale
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        id = try row.int64("id")
        analysisID = try row.int64("analysis_id")
        frameNumber = try row.int64("frame_number")
        timestamp = try row.double("timestamp")
        trackID = try row.optionalInt("track_id")
        bbox = try row.optionalFloats("bbox")
        area = try row.double("area")
        averageDepth = try row.double("avg_depth")
        minimumDepth = try row.double("min_depth")
        maximumDepth = try row.double("max_depth")
        depthVariance = try row.double("depth_variance")
        unit = try row.string("unit")
        estimator = try row.string("estimator")
        hasDepthMap = try row.bool("has_depth_map")
        depthMapScale = try row.optionalDouble("depth_map_scale")
    }
}

/// A row of `apps_db_displaydata`, without its image.
struct DisplayRecord: Sendable, Hashable {
    let id: Int64
    let analysisID: Int64
    /// Nil: the item speaks for the whole video.
    let frameNumber: Int64?
    let timestamp: Double?
    /// `frame`, `heatmap`, `trajectories`, `timeline` or `contact_sheet`.
    let kind: String
    let originalWidth: Int
    let originalHeight: Int
    let displayWidth: Int
    let displayHeight: Int
    let widthRatio: Double
    let heightRatio: Double
    /// JSON text.
    let overlay: String
    /// Nil: there is no image.
    let mediaType: String?

    static let columns = """
        id, analysis_id, frame_number, "timestamp", kind, original_width, original_height, display_width,
        display_height, width_ratio, height_ratio, overlay, media_type
        """

    init(_ row: PostgreSQLRow) throws(PostgreSQLError) {
        id = try row.int64("id")
        analysisID = try row.int64("analysis_id")
        frameNumber = try row.optionalInt64("frame_number")
        timestamp = try row.optionalDouble("timestamp")
        kind = try row.string("kind")
        originalWidth = try row.int("original_width")
        originalHeight = try row.int("original_height")
        displayWidth = try row.int("display_width")
        displayHeight = try row.int("display_height")
        widthRatio = try row.double("width_ratio")
        heightRatio = try row.double("height_ratio")
        overlay = try row.string("overlay")
        mediaType = try row.optionalString("media_type")
    }
}

/// A picture and its media type, such as `image/jpeg`.
struct StoredImage: Sendable, Hashable {
    let bytes: [UInt8]
    let mediaType: String
}
