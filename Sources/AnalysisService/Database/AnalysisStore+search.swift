import PostgreSQL

extension AnalysisStore {
    /// The models of which vectors are stored.
    func models(of table: EmbeddingTable) async throws(StoreError) -> [String] {
        try await rows(
            // A loose scan of the index: one step for each model.
            """
            WITH RECURSIVE models AS (
                (SELECT model FROM \(table.rawValue) ORDER BY model LIMIT 1)
                UNION ALL
                SELECT (SELECT model FROM \(table.rawValue) WHERE model > models.model ORDER BY model LIMIT 1)
                FROM models WHERE models.model IS NOT NULL
            )
            SELECT model FROM models WHERE model IS NOT NULL
            """, []
        ) { (row) throws(PostgreSQLError) in try row.string("model") }
    }

    /// The vector of a stored frame, of one model, or of the first by name when none is named.
    func frameVector(
        videoID: String, frameNumber: Int64, model: String? = nil
    ) async throws(StoreError) -> StoredVector? {
        try await storedVector(.frames, where: "frame_number", videoID, frameNumber, model)
    }

    /// The vector of a track's best crop, of one model, or of the first by name when none is named.
    func objectVector(
        videoID: String, trackID: Int64, model: String? = nil
    ) async throws(StoreError) -> StoredVector? {
        try await storedVector(.objects, where: "track_id", videoID, trackID, model)
    }

    private func storedVector(
        _ table: EmbeddingTable, where column: String, _ videoID: String, _ number: Int64, _ model: String?
    ) async throws(StoreError) -> StoredVector? {
        try await rows(
            """
            SELECT model, embedding FROM \(table.rawValue)
            WHERE video_id = $1 AND \(column) = $2 AND ($3::text IS NULL OR model = $3)
            ORDER BY model, frame_number LIMIT 1
            """, [.text(videoID), .integer(number), .init(model)]
        ) { (row) throws(PostgreSQLError) in
            StoredVector(model: try row.string("model"), vector: try row.floats("embedding"))
        }.first
    }

    /// The frame nearest to `frameNumber` that has a vector; nil when the video has none.
    func nearestEmbeddedFrame(videoID: String, to frameNumber: Int64) async throws(StoreError) -> Int64? {
        try await rows(
            """
            SELECT frame_number FROM frame_embeddings WHERE video_id = $1
            ORDER BY abs(frame_number - $2), frame_number LIMIT 1
            """, [.text(videoID), .integer(frameNumber)]
        ) { (row) throws(PostgreSQLError) in try row.int64("frame_number") }.first
    }

    /// The nearest rows of the search's model, nearest first.
    ///
    /// A small number of candidates is compared exactly; above it the model's HNSW index is walked, further when the
    /// filter leaves too few of what it finds (`hnsw.iterative_scan`), and when that is not enough all are compared.
    /// A walk towards scenes that the filter leaves out finds few of the nearest that it keeps, so with a filter more
    /// candidates are compared exactly.
    ///
    /// - Throws: ``StoreError/unknownModel(_:)``, ``StoreError/dimensionMismatch(model:expected:found:)``.
    func search(_ search: EmbeddingSearch) async throws(StoreError) -> [EmbeddingMatch] {
        let limit = min(max(search.limit, PageRequest.limits.lowerBound), PageRequest.limits.upperBound)
        let dimensions = try await dimensions(of: search.table, model: search.model)
        for vector in search.vectors where vector.count != dimensions {
            throw .dimensionMismatch(model: search.model, expected: dimensions, found: vector.count)
        }
        // pgvector refuses another vector, and nothing is near it.
        let vectors = search.vectors.filter { $0.allSatisfy(\.isFinite) }
        let table = search.table
        let mostCompared = search.filter == SearchFilter() ? exactSearchLimit : 5 * exactSearchLimit
        let filter: [PostgreSQLValue] = [
            .text(search.model), .init(search.filter.videoID), .init(search.filter.fromSeconds),
            .init(search.filter.toSeconds), .init(search.filter.className),
        ]
        return try await transaction { connection in
            let counted = try await connection.query(
                """
                SELECT count(*) AS count FROM (
                    SELECT FROM \(table.rawValue) AS row WHERE \(table.condition) LIMIT $6
                ) AS candidates
                """, filter + [.integer(Int64(mostCompared + 1))])
            let walksIndex = try counted.rows.first?.int("count") ?? 0 > mostCompared
            if walksIndex { try await connection.execute(Self.indexSettings) }
            var nearest: [Int64: EmbeddingMatch] = [:]
            for vector in vectors {
                let parameters = filter + [.vector(vector), .integer(Int64(limit))]
                var rows: [PostgreSQLRow] = []
                if walksIndex {
                    rows = try await connection.query(table.indexedSearch(dimensions: dimensions), parameters).rows
                }
                // Rows that the walk does not reach are few, but a filter may ask for just those.
                if rows.count < limit { rows = try await connection.query(table.exactSearch, parameters).rows }
                let found = try rows.map { try EmbeddingMatch($0, table: table, model: search.model) }
                for match in found where match.distance < nearest[match.id]?.distance ?? .infinity {
                    nearest[match.id] = match
                }
            }
            return Array(nearest.values.sorted(by: EmbeddingMatch.isNearer).prefix(limit))
        }
    }

    /// How many elements the model's vectors have.
    private func dimensions(of table: EmbeddingTable, model: String) async throws(StoreError) -> Int {
        let dimensions = try await rows(
            "SELECT vector_dims(embedding) AS dimensions FROM \(table.rawValue) WHERE model = $1 LIMIT 1",
            [.text(model)]
        ) { (row) throws(PostgreSQLError) in try row.int("dimensions") }.first
        guard let dimensions else { throw .unknownModel(model) }
        return dimensions
    }

    /// How far an index is walked: pgvector's longest candidate list.
    private static let indexSettings = """
        SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.max_scan_tuples = 200000;
        SET LOCAL hnsw.ef_search = 1000
        """
}

extension EmbeddingTable {
    /// The indexes are on the vector cast to its length, so this expression compares every candidate.
    fileprivate var exactSearch: String {
        """
        SELECT \(columns), embedding <-> $6::vector AS distance
        FROM \(rawValue) AS row WHERE \(condition)
        ORDER BY distance, video_id, frame_number, id LIMIT $7
        """
    }

    /// The expression is the one that the model's partial index is made on.
    fileprivate func indexedSearch(dimensions: Int) -> String {
        """
        SELECT \(columns), embedding::vector(\(dimensions)) <-> $6::vector AS distance
        FROM \(rawValue) AS row WHERE \(condition)
        ORDER BY embedding::vector(\(dimensions)) <-> $6::vector LIMIT $7
        """
    }
}
