import Logging

/// Applies numbered steps to a database, each once and in its own transaction.
///
/// An advisory lock makes programs that start at the same time take turns. The table `schema_migrations` says what was
/// applied, with the SHA-256 of each step's text.
package struct Migrator: Sendable {
    /// Any number that no one else locks by: "framelak" in ASCII.
    private static let lockKey: Int64 = 0x6672_616D_656C_616B

    package let migrations: [Migration]
    private let logger: Logger

    package init(migrations: [Migration], logger: Logger) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        self.logger = logger
    }

    /// The version that the schema has after ``migrate(_:)``.
    package var latestVersion: Int {
        migrations.last?.version ?? 0
    }

    /// The last applied version; nil when the database was never migrated.
    package func appliedVersion(_ pool: PostgreSQLPool) async throws(PostgreSQLError) -> Int? {
        let table = try await pool.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS exists")
        guard try table.rows.first?.bool("exists") == true else { return nil }
        return try await pool.query("SELECT max(version) AS version FROM schema_migrations").rows.first?
            .optionalInt("version")
    }

    /// Brings the schema up to date and returns the versions that were applied now.
    @discardableResult
    package func migrate(_ pool: PostgreSQLPool) async throws(MigrationError) -> [Int] {
        var applied: [Int] = []
        do {
            try await verify(pool)
            for migration in migrations where try await apply(migration, pool) {
                applied.append(migration.version)
                logger.info(
                    "schema migrated",
                    metadata: [
                        "db.migration.version": "\(migration.version)", "db.migration.name": "\(migration.name)",
                    ])
            }
        } catch let error as MigrationError {
            throw error
        } catch let error as PostgreSQLError {
            throw .database(error)
        } catch {
            throw .database(PostgreSQLError(.query, "\(error)"))
        }
        return applied
    }

    /// Creates the table of versions and compares it with what this program knows.
    private func verify(_ pool: PostgreSQLPool) async throws {
        let rows = try await pool.withTransaction { connection in
            try await Self.lock(connection)
            try await connection.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version integer CONSTRAINT schema_migrations_pkey PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
            return try await connection.query("SELECT max(version) AS version FROM schema_migrations").rows
        }
        if let found = try rows.first?.optionalInt("version"), found > latestVersion {
            throw MigrationError.newerSchema(found: found, known: latestVersion)
        }
    }

    /// - Returns: False when the step was there already.
    private func apply(_ migration: Migration, _ pool: PostgreSQLPool) async throws -> Bool {
        try await pool.withTransaction { connection in
            try await Self.lock(connection)
            let known = try await connection.query(
                """
                SELECT checksum = encode(sha256(convert_to($1, 'UTF8')), 'hex') AS is_same
                FROM schema_migrations WHERE version = $2
                """, [.text(migration.sql), .integer(Int64(migration.version))])
            if let row = known.rows.first {
                guard try row.bool("is_same") else {
                    throw MigrationError.changed(version: migration.version, name: migration.name)
                }
                return false
            }
            do throws(PostgreSQLError) {
                // Building an index over existing rows may take longer than a statement of a request should.
                try await connection.execute("SET LOCAL statement_timeout = 0")
                try await connection.execute(migration.sql)
            } catch {
                throw MigrationError.failed(version: migration.version, name: migration.name, error)
            }
            try await connection.query(
                """
                INSERT INTO schema_migrations (version, name, checksum)
                VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
                """, [.integer(Int64(migration.version)), .text(migration.name), .text(migration.sql)])
            return true
        }
    }

    private static func lock(_ connection: PostgreSQLConnection) async throws(PostgreSQLError) {
        try await connection.execute("SET LOCAL statement_timeout = 0")
        try await connection.query("SELECT pg_advisory_xact_lock($1)", [.integer(lockKey)])
    }
}
