import PostgreSQL

/// A search for the frames that look most like a vector, among those of the same model.
struct FrameSearch: Sendable, Hashable {
    var vector: [Float]
    var model: String
    var videoID: String?
    /// Only frames in which an object of this class was seen.
    var className: String?
    /// Seconds, this one included.
    var fromSeconds: Double?
    /// Seconds, this one left out.
    var toSeconds: Double?
    /// 1 to 1000.
    var limit: Int

    init(
        vector: [Float], model: String, videoID: String? = nil, className: String? = nil, fromSeconds: Double? = nil,
        toSeconds: Double? = nil, limit: Int = 10
    ) {
        self.vector = vector
        self.model = model
        self.videoID = videoID
        self.className = className
        self.fromSeconds = fromSeconds
        self.toSeconds = toSeconds
        self.limit = limit
    }
}

/// A frame that a search found.
struct FrameMatch: Sendable, Hashable {
    let videoID: String
    let analysisID: Int64
    let frameNumber: Int64
    let timestamp: Double
    let model: String
    /// Euclidean distance of the vectors, which have length 1: 0 is the same, 2 the opposite.
    let distance: Double

    init(_ row: PostgreSQLRow, model: String) throws(PostgreSQLError) {
        videoID = try row.string("video_id")
        analysisID = try row.int64("analysis_id")
        frameNumber = try row.int64("frame_number")
        timestamp = try row.double("timestamp")
        self.model = model
        distance = try row.double("distance")
    }
}

/// The vector of a stored frame.
struct FrameVector: Sendable, Hashable {
    let frameNumber: Int64
    let model: String
    let vector: [Float]
}

extension AnalysisStore {
    /// The models of which frame vectors are stored.
    func frameModels() async throws(StoreError) -> [String] {
        try await rows(
            // A loose scan of the index: one step for each model.
            """
            WITH RECURSIVE models AS (
                (SELECT model FROM frame_embeddings ORDER BY model LIMIT 1)
                UNION ALL
                SELECT (SELECT model FROM frame_embeddings WHERE model > models.model ORDER BY model LIMIT 1)
                FROM models WHERE models.model IS NOT NULL
            )
            SELECT model FROM models WHERE model IS NOT NULL
            """, []
        ) { (row) throws(PostgreSQLError) in try row.string("model") }
    }

    /// The vector of a stored frame, of one model, or of the first by name when none is named.
    func frameEmbedding(
        videoID: String, frameNumber: Int64, model: String? = nil
    ) async throws(StoreError) -> FrameVector? {
        try await rows(
            """
            SELECT frame_number, model, embedding FROM frame_embeddings
            WHERE video_id = $1 AND frame_number = $2 AND ($3::text IS NULL OR model = $3) ORDER BY model LIMIT 1
            """, [.text(videoID), .integer(frameNumber), .init(model)]
        ) { (row) throws(PostgreSQLError) in
            FrameVector(
                frameNumber: try row.int64("frame_number"), model: try row.string("model"),
                vector: try row.floats("embedding"))
        }.first
    }

    /// The nearest frames of the search's model, nearest first.
    ///
    /// A small number of candidates is compared exactly; above it the model's HNSW index is walked, further when the
    /// filter leaves too few of what it finds (`hnsw.iterative_scan`), and when that is not enough all are compared.
    ///
    /// - Throws: ``StoreError/unknownModel(_:)``, ``StoreError/dimensionMismatch(model:expected:found:)``.
    func search(_ search: FrameSearch) async throws(StoreError) -> [FrameMatch] {
        let limit = min(max(search.limit, PageRequest.limits.lowerBound), PageRequest.limits.upperBound)
        let dimensions = try await rows(
            "SELECT vector_dims(embedding) AS dimensions FROM frame_embeddings WHERE model = $1 LIMIT 1",
            [.text(search.model)]
        ) { (row) throws(PostgreSQLError) in try row.int("dimensions") }.first
        guard let dimensions else { throw .unknownModel(search.model) }
        guard search.vector.count == dimensions else {
            throw .dimensionMismatch(model: search.model, expected: dimensions, found: search.vector.count)
        }
        // pgvector refuses such a vector, and no frame is near it.
        guard search.vector.allSatisfy(\.isFinite) else { return [] }
        let filter: [PostgreSQLValue] = [
            .text(search.model), .init(search.videoID), .init(search.fromSeconds), .init(search.toSeconds),
            .init(search.className),
        ]
        return try await transaction { connection in
            let counted = try await connection.query(
                """
                SELECT count(*) AS count FROM (
                    SELECT 1 FROM frame_embeddings AS frame WHERE \(Self.frameFilter) LIMIT $6
                ) AS candidates
                """, filter + [.integer(Int64(exactSearchLimit + 1))])
            let candidates = try counted.rows.first?.int("count") ?? 0
            let parameters = filter + [.vector(search.vector), .integer(Int64(limit))]
            if candidates > exactSearchLimit {
                let walked = min(max(2 * limit, 100), 1000)
                try await connection.execute(
                    """
                    SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.max_scan_tuples = 200000;
                    SET LOCAL hnsw.ef_search = \(walked)
                    """)
                let rows = try await connection.query(Self.indexedSearch(dimensions: dimensions), parameters).rows
                // Frames that the walk does not reach are few, but a filter may ask for just those.
                if rows.count == limit { return try rows.map { try FrameMatch($0, model: search.model) } }
            }
            return try await connection.query(Self.exactSearch, parameters).rows.map {
                try FrameMatch($0, model: search.model)
            }
        }
    }

    private static let frameFilter = """
        frame.model = $1 AND ($2::text IS NULL OR frame.video_id = $2)
        AND ($3::float8 IS NULL OR frame."timestamp" >= $3) AND ($4::float8 IS NULL OR frame."timestamp" < $4)
        AND ($5::text IS NULL OR EXISTS (
            SELECT FROM apps_db_event AS event WHERE event.video_id = frame.video_id
            AND event.frame_number = frame.frame_number AND event.class_name = $5))
        """

    /// The indexes are on the vector cast to its length, so this expression compares every candidate.
    private static let exactSearch = """
        SELECT video_id, analysis_id, frame_number, "timestamp", embedding <-> $6::vector AS distance
        FROM frame_embeddings AS frame WHERE \(frameFilter)
        ORDER BY distance, video_id, frame_number LIMIT $7
        """

    /// The expression is the one that the model's partial index is made on.
    private static func indexedSearch(dimensions: Int) -> String {
        """
        SELECT video_id, analysis_id, frame_number, "timestamp",
            embedding::vector(\(dimensions)) <-> $6::vector AS distance
        FROM frame_embeddings AS frame WHERE \(frameFilter)
        ORDER BY embedding::vector(\(dimensions)) <-> $6::vector LIMIT $7
        """
    }
}
