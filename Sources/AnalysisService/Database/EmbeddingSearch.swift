import PostgreSQL

/// Whose vectors are searched.
enum EmbeddingTable: String, Sendable, Hashable, CaseIterable {
    case frames = "frame_embeddings"
    /// A track's best crop.
    case objects = "object_embeddings"

    /// The search's conditions, of the model, video, time range and class, as `$1` to `$5`; `row` is the table's alias.
    var condition: String {
        let ofClass =
            switch self {
            case .frames:
                """
                EXISTS (SELECT FROM apps_db_event AS event WHERE event.video_id = row.video_id
                    AND event.frame_number = row.frame_number AND event.class_name = $5)
                """
            case .objects: "row.class_name = $5"
            }
        return """
            row.model = $1 AND ($2::text IS NULL OR row.video_id = $2)
            AND ($3::float8 IS NULL OR row."timestamp" >= $3) AND ($4::float8 IS NULL OR row."timestamp" < $4)
            AND ($5::text IS NULL OR \(ofClass))
            """
    }

    /// What ``EmbeddingMatch`` reads.
    var columns: String {
        let common = #"id, video_id, analysis_id, frame_number, "timestamp""#
        return self == .frames ? common : common + ", track_id, class_name, bbox"
    }
}

/// Which rows a search may find; nil finds all.
struct SearchFilter: Sendable, Hashable {
    var videoID: String?
    /// Frames in which an object of this class was seen; objects of this class.
    var className: String?
    /// Seconds, this one included.
    var fromSeconds: Double?
    /// Seconds, this one left out.
    var toSeconds: Double?
}

/// A search for what looks most like a vector, among the vectors of the same model.
struct EmbeddingSearch: Sendable, Hashable {
    var table: EmbeddingTable
    /// One, or several views of one picture: a row's distance is that to the nearest of them.
    var vectors: [[Float]]
    var model: String
    var filter: SearchFilter
    /// 1 to 1000.
    var limit: Int

    init(
        _ table: EmbeddingTable, vectors: [[Float]], model: String, filter: SearchFilter = SearchFilter(),
        limit: Int = 10
    ) {
        self.table = table
        self.vectors = vectors
        self.model = model
        self.filter = filter
        self.limit = limit
    }
}

/// A row that a search found.
struct EmbeddingMatch: Sendable, Hashable {
    /// What is known of an object beside its place in the video.
    struct Object: Sendable, Hashable {
        let trackID: Int
        let className: String
        /// Pixels of the upright frame: left, top, right, bottom.
        let bbox: [Float]
    }

    let id: Int64
    let videoID: String
    let analysisID: Int64
    let frameNumber: Int64
    let timestamp: Double
    let model: String
    /// Euclidean distance of the vectors, which have length 1: 0 is the same, 2 the opposite.
    let distance: Double
    /// Nil for a frame.
    let object: Object?

    init(_ row: PostgreSQLRow, table: EmbeddingTable, model: String) throws(PostgreSQLError) {
        id = try row.int64("id")
        videoID = try row.string("video_id")
        analysisID = try row.int64("analysis_id")
        frameNumber = try row.int64("frame_number")
        timestamp = try row.double("timestamp")
        self.model = model
        distance = try row.double("distance")
        switch table {
        case .frames: object = nil
        case .objects:
            object = Object(
                trackID: try row.int("track_id"), className: try row.string("class_name"), bbox: try row.floats("bbox"))
        }
    }
}

extension EmbeddingMatch {
    /// By distance, then in an order that does not depend on how the rows were found.
    static func isNearer(_ first: Self, _ second: Self) -> Bool {
        (first.distance, first.videoID, first.frameNumber, first.id)
            < (second.distance, second.videoID, second.frameNumber, second.id)
    }
}

/// The vector of a stored row.
struct StoredVector: Sendable, Hashable {
    let model: String
    let vector: [Float]
}
