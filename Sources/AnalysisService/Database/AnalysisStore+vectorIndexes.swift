import PostgreSQL

extension AnalysisStore {
    private static let vectorTables = [SpoolTable.frameEmbeddings.rawValue, SpoolTable.objectEmbeddings.rawValue]
    /// pgvector indexes no longer vectors; such a model is searched exactly.
    private static let maximumIndexedDimensions = 2000
    /// Held by the session that makes an index: "vecindex" in ASCII. Two creations would wait for each other.
    private static let indexLockKey: Int64 = 0x7665_6369_6E64_6578

    /// Makes the HNSW index of each model that the analysis stored vectors of, where it is missing.
    ///
    /// A model's index is made once, beside readers and writers, and grows by the rows of later videos. Searches are
    /// exact without it, so a failure is only logged; the next analysis tries again.
    func makeVectorIndexes(forAnalysis analysisID: Int64) async {
        do {
            for table in Self.vectorTables {
                let models = try await pool.query(
                    """
                    SELECT DISTINCT model, vector_dims(embedding) AS dimensions FROM \(table)
                    WHERE video_id = (SELECT video_id FROM apps_db_videoanalysis WHERE analysis_id = $1)
                        AND vector_dims(embedding) <= $2
                    """, [.integer(analysisID), .integer(Int64(Self.maximumIndexedDimensions))]
                ).rows
                for row in models {
                    try await makeVectorIndex(
                        table: table, model: try row.string("model"), dimensions: try row.int("dimensions"))
                }
            }
        } catch {
            logger.warning("a vector index could not be made", metadata: ["error": "\(error)"])
        }
    }

    /// With pgvector's own `ef_construction` of 64 a search misses one in fourteen of the ten nearest, since the frames
    /// of a scene lie so close together; with 400 one in a thousand.
    ///
    /// The server writes the statements, since DDL takes no parameters: its `format` quotes name and model.
    private func makeVectorIndex(table: String, model: String, dimensions: Int) async throws {
        let row = try await pool.query(
            """
            WITH index AS (
                SELECT $1 || '_hnsw_'
                    || left(encode(sha256(convert_to($3::int || ' ' || $2, 'UTF8')), 'hex'), 16) AS name
            )
            SELECT format('CREATE INDEX CONCURRENTLY %I ON %I USING hnsw ((embedding::vector(%s)) vector_l2_ops)
                WITH (ef_construction = 400) WHERE model = %L', name, $1, $3::int, $2) AS creation,
                format('DROP INDEX CONCURRENTLY IF EXISTS %I', name) AS removal,
                (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(name))) AS is_valid
            FROM index
            """, [.text(table), .text(model), .integer(Int64(dimensions))]
        ).rows.first
        guard let row, try row.optionalBool("is_valid") != true else { return }
        let creation = try row.string("creation")
        let removal = try row.string("removal")
        try await pool.withConnection { connection in
            do {
                // Whoever does not get the lock leaves the indexes to the one that makes them.
                let locked = try await connection.query(
                    "SELECT pg_try_advisory_lock($1) AS locked", [.integer(Self.indexLockKey)])
                if try locked.rows.first?.bool("locked") == true {
                    try await connection.query("SET statement_timeout = '1h'")
                    // An index that a broken creation left behind is not used, but written.
                    try await connection.query(removal)
                    try await connection.query(creation)
                    logger.info("vector index made", metadata: ["db.table": "\(table)", "model.name": "\(model)"])
                }
                await connection.discard()
            } catch {
                await connection.discard()
                throw error
            }
        }
    }
}
