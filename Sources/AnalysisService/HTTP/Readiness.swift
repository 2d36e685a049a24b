import AnalysisAPI
import PostgreSQL

/// Whether the service can do its work now: the database answers, and has the schema that this version knows.
///
/// The detector needs no check of its own: its settings are checked, and its model is loaded and run once, before the
/// service starts.
struct Readiness: Sendable {
    /// Load balancers give a health check a few seconds.
    static let timeoutSeconds = 4.0

    let pool: PostgreSQLPool
    let migrator: Migrator
    let isStopping: @Sendable () -> Bool

    /// - Throws: a `Problem` that says what is missing.
    func schemaVersion() async throws -> Int {
        if isStopping() { throw Problem.stopping }
        let version = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await migrator.appliedVersion(pool) }
            group.addTask {
                try await Task.sleep(for: .seconds(Self.timeoutSeconds))
                throw Self.unavailable("The database does not answer.")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let version else { throw Self.unavailable("The database has no schema yet.") }
        guard version == migrator.latestVersion else {
            throw Self.unavailable(
                "The database's schema has version \(version); this service needs \(migrator.latestVersion).")
        }
        return version
    }

    private static func unavailable(_ detail: String) -> Problem {
        Problem(code: .databaseUnavailable, detail: detail, retryAfterSeconds: Problem.databaseRetrySeconds)
    }
}
