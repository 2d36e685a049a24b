import Logging
import PostgreSQL
import ServiceLifecycle

/// Brings the schema up to date when the service starts, however long the database takes to be there.
///
/// The service answers `/health` meanwhile and is not ready. Replicas that start together take turns by the migrator's
/// lock.
struct SchemaInstallation: Service {
    private static let longestPauseSeconds = 30.0

    let pool: PostgreSQLPool
    let migrator: Migrator
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                var pause = 0.5
                while !(await migrate()) {
                    try await Task.sleep(for: .seconds(pause))
                    pause = min(pause * 2, Self.longestPauseSeconds)
                }
            }
            // A service that returns would end its group.
            try await gracefulShutdown()
        } catch is CancellationError {
            logger.debug("waiting for the database ended")
        }
    }

    private func migrate() async -> Bool {
        do {
            try await migrator.migrate(pool)
            logger.info("database ready", metadata: ["db.schema.version": "\(migrator.latestVersion)"])
            return true
        } catch {
            if Task.isCancelled { return false }
            logger.error("database not ready, trying again", metadata: ["error": "\(error)"])
            return false
        }
    }
}
