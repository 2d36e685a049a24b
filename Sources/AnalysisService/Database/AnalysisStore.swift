import Logging
import PostgreSQL

/// The database's tables: claims of analyses, their rows, and what readers ask for.
///
/// Every call is one short transaction or statement; none is open while a video is analysed or the network is used.
/// - Throws: All calls throw ``StoreError``.
struct AnalysisStore: Sendable {
    let pool: PostgreSQLPool
    let logger: Logger
    /// Up to so many candidates a search compares one by one: that is exact, and as fast as an index with a filter.
    let exactSearchLimit: Int

    init(
        pool: PostgreSQLPool, logger: Logger = Logger(label: "analysis-store"), exactSearchLimit: Int = 20_000
    ) {
        self.pool = pool
        self.logger = logger
        self.exactSearchLimit = exactSearchLimit
    }

    /// A run by its id.
    func analysis(id: Int64) async throws(StoreError) -> AnalysisRecord? {
        try await read { (pool) throws(PostgreSQLError) in
            try await pool.query(
                "SELECT \(AnalysisRecord.columns) FROM apps_db_videoanalysis WHERE analysis_id = $1", [.integer(id)]
            ).rows.first.map { (row) throws(PostgreSQLError) in try AnalysisRecord(row) }
        }
    }

    /// The run of a video that was claimed last.
    func latestAnalysis(videoID: String) async throws(StoreError) -> AnalysisRecord? {
        try await read { (pool) throws(PostgreSQLError) in
            try await pool.query(
                """
                SELECT \(AnalysisRecord.columns) FROM apps_db_videoanalysis
                WHERE video_id = $1 ORDER BY analysis_id DESC LIMIT 1
                """, [.text(videoID)]
            ).rows.first.map { (row) throws(PostgreSQLError) in try AnalysisRecord(row) }
        }
    }

    /// The last applied migration; nil when there is none. `AnalysisSchema` knows the newest one.
    func schemaVersion() async throws(StoreError) -> Int? {
        try await read { (pool) throws(PostgreSQLError) in
            try await AnalysisSchema.migrator(logger: logger).appliedVersion(pool)
        }
    }

    /// Runs reading calls, and gives their errors the store's type.
    func read<Value: Sendable>(
        _ body: (PostgreSQLPool) async throws(PostgreSQLError) -> Value
    ) async throws(StoreError) -> Value {
        do throws(PostgreSQLError) {
            return try await body(pool)
        } catch {
            throw .database(error)
        }
    }

    /// Runs a transaction, and gives its errors the store's type.
    func transaction<Value: Sendable>(
        _ body: @Sendable (PostgreSQLConnection) async throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.withTransaction(body)
        } catch let error as StoreError {
            throw error
        } catch let error as PostgreSQLError {
            throw .database(error)
        } catch {
            throw .database(PostgreSQLError(.query, "\(error)"))
        }
    }
}
