/// One numbered step of the schema. A step that was applied anywhere is never edited.
package struct Migration: Sendable, Hashable {
    package let version: Int
    package let name: String
    package let sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// Why a schema cannot be brought up to date.
package enum MigrationError: Error, Sendable, Hashable {
    /// The database was migrated by a newer version of the program.
    case newerSchema(found: Int, known: Int)
    /// An applied step is not the one that this program knows under its number.
    case changed(version: Int, name: String)
    /// A step failed and was rolled back; those before it hold.
    case failed(version: Int, name: String, PostgreSQLError)
    case database(PostgreSQLError)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .newerSchema(let found, let known):
            "the database's schema has version \(found), this program knows \(known): run a newer version of it"
        case .changed(let version, let name):
            "migration \(version) (\(name)) was changed after it was applied: restore it and add a new migration"
        case .failed(let version, let name, let error): "migration \(version) (\(name)) failed: \(error)"
        case .database(let error): "\(error)"
        }
    }
}
