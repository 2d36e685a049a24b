import ArgumentParser
import Logging
import PostgreSQL

/// What the commands share that work on the database without the service.
enum DatabaseCommand {
    /// Runs the body with a store on the configured database, and turns its errors into a line and an exit code: 69 for
    /// a database that is not there, 78 for a wrong setting, 1 for the rest.
    static func run(_ body: @Sendable (AnalysisStore, Logger) async throws -> Void) async throws {
        let startup = try Startup(defaultLevel: .warning)
        let settings = try startup.configured { (environment) throws(ConfigurationError) in
            try DatabaseSettings(environment: environment)
        }
        let aws = settings.needsAWS ? try startup.makeAWS() : nil
        let pool = settings.makePool(aws: aws, size: 1, logger: startup.logger)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(AnalysisStore(pool: pool, logger: startup.logger), startup.logger))
        } catch {
            outcome = .failure(error)
        }
        await pool.close()
        await aws?.shutdown()
        switch outcome {
        case .success: return
        case .failure(let code as ExitCode): throw code
        case .failure(let error):
            Startup.say("\(error)")
            throw exitCode(for: error)
        }
    }

    private static func exitCode(for error: any Error) -> ExitCode {
        switch error {
        case let error as PostgreSQLError: exitCode(for: error)
        case StoreError.database(let error): exitCode(for: error)
        case MigrationError.database(let error): exitCode(for: error)
        default: .failure
        }
    }

    private static func exitCode(for error: PostgreSQLError) -> ExitCode {
        switch error.kind {
        case .connection, .timedOut: Startup.unavailableExitCode
        case .authentication, .configuration: Startup.configurationExitCode
        default: .failure
        }
    }
}
