import Foundation
import Logging
import PostgreSQL

/// A database of a test's own.
package enum TestDatabase {
    /// The server's own connections: a test keeps one as long as it has its database, so this many databases are in
    /// use at once. All tests of a target start together, and together they would need more connections than there are.
    private static let server = PostgreSQLPool(size: 12, logger: logger) {
        try PostgreSQLConfiguration(url: TestEnvironment.databaseURL)
    }

    private static let logger = Logger(label: "test.database")

    /// Creates an empty database, hands its URL to the closure and drops it afterwards, whoever is still connected.
    package static func withDatabase<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        let url = try url(of: name, on: TestEnvironment.databaseURL)
        return try await server.withConnection { connection in
            try await connection.query("CREATE DATABASE \(name)")
            do {
                let result = try await body(url)
                try await connection.query("DROP DATABASE \(name) WITH (FORCE)")
                return result
            } catch {
                try await connection.query("DROP DATABASE \(name) WITH (FORCE)")
                throw error
            }
        }
    }

    /// One statement over a connection of its own.
    @discardableResult
    package static func query(_ sql: String, _ parameters: [PostgreSQLValue] = [], on url: String) async throws
        -> PostgreSQLResult
    {
        let pool = PostgreSQLPool(size: 1, logger: logger) {
            try PostgreSQLConfiguration(url: url)
        }
        do {
            let result = try await pool.query(sql, parameters)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    private static func url(of name: String, on server: String) throws -> String {
        guard var components = URLComponents(string: server) else { throw TimedOut("not a URL: \(server)") }
        components.path = "/\(name)"
        return components.string ?? server
    }
}
