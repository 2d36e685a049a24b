import Foundation
import Logging
import PostgreSQL

/// A database of a test's own.
package enum TestDatabase {
    /// Creates an empty database, hands its URL to the closure and drops it afterwards, whoever is still connected.
    package static func withDatabase<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let server = try TestEnvironment.databaseURL
        let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        try await query("CREATE DATABASE \(name)", on: server)
        do {
            let result = try await body(try url(of: name, on: server))
            try await query("DROP DATABASE \(name) WITH (FORCE)", on: server)
            return result
        } catch {
            try await query("DROP DATABASE \(name) WITH (FORCE)", on: server)
            throw error
        }
    }

    /// One statement over a connection of its own.
    @discardableResult
    package static func query(_ sql: String, _ parameters: [PostgreSQLValue] = [], on url: String) async throws
        -> PostgreSQLResult
    {
        let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test.database")) {
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
