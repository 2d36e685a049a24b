/// A connection, lent by a pool for the time of a closure; it must not be used after it.
///
/// Calls wait on the connection's own thread. When the calling task is cancelled the server is asked to end the
/// statement, and the call throws `cancelled`.
package struct PostgreSQLConnection: Sendable {
    let session: Session

    /// Runs one statement; `$1`, `$2`, ... stand for the parameters.
    @discardableResult
    package func query(
        _ sql: String, _ parameters: [PostgreSQLValue] = []
    ) async throws(PostgreSQLError) -> PostgreSQLResult {
        try await session.run { (session, flag) throws(PostgreSQLError) in try session.query(sql, parameters, flag) }
    }

    /// Runs statements separated by semicolons. Outside of a transaction they all hold or none.
    package func execute(_ script: String) async throws(PostgreSQLError) {
        _ = try await session.run { (session, flag) throws(PostgreSQLError) in try session.execute(script, flag) }
    }

    /// Loads a file in PostgreSQL's binary COPY format (see ``BinaryCopyEncoder``), in pieces, so that memory stays
    /// flat.
    ///
    /// - Parameter columns: In the order of the file's fields.
    /// - Returns: The number of rows.
    @discardableResult
    package func copy(
        into table: String, columns: [String], fromBinaryFile path: String
    ) async throws(PostgreSQLError) -> Int64 {
        let names = columns.map(Self.quoted).joined(separator: ", ")
        let statement = "COPY \(Self.quoted(table)) (\(names)) FROM STDIN (FORMAT binary)"
        return try await session.run { (session, flag) throws(PostgreSQLError) in
            try session.copy(statement, fromBinaryFile: path, flag)
        }
    }

    /// Closes the connection, so that nothing of its session (settings, locks) reaches the pool's next caller.
    package func discard() async {
        await session.close()
    }

    /// Ends a transaction; a task that is cancelled rolls back all the same.
    func rollback() async throws(PostgreSQLError) {
        _ = try await session.run(isCancellable: false) { (session, flag) throws(PostgreSQLError) in
            try session.execute("ROLLBACK", flag)
        }
    }

    /// An identifier as SQL reads it whatever its characters are.
    static func quoted(_ identifier: String) -> String {
        "\"" + identifier.replacing("\"", with: "\"\"") + "\""
    }
}
