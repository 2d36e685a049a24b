import ArgumentParser
import PostgreSQL

/// `analysis-service migrate`: brings the database's schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database's schema up to date.",
        discussion:
            "The database is the one of DB_SECRET_ARN or DATABASE_URL. Safe to run at any time, by several at once.")

    func run() async throws {
        try await DatabaseCommand.run { store, logger in
            let migrator = AnalysisSchema.migrator(logger: logger)
            let applied = try await migrator.migrate(store.pool)
            for migration in migrator.migrations where applied.contains(migration.version) {
                print("applied \(migration.version) \(migration.name)")
            }
            print("schema version \(migrator.latestVersion)" + (applied.isEmpty ? ", nothing to do" : ""))
        }
    }
}
