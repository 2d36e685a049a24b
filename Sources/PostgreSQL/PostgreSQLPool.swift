import Logging

/// Up to `size` connections to one server, opened when they are needed and kept for the next caller.
///
/// A connection that broke, or that a caller left in a transaction, is dropped. An idle connection is looked at before
/// it is lent, so a restart of the server costs callers nothing once it is back. No statement is sent twice.
package final class PostgreSQLPool: Sendable {
    private let places: ConnectionPlaces
    private let logger: Logger
    private let configuration: @Sendable () async throws -> PostgreSQLConfiguration

    /// - Parameter configuration: Read at each new connection, so a rotated secret is picked up.
    package init(
        size: Int, logger: Logger, configuration: @escaping @Sendable () async throws -> PostgreSQLConfiguration
    ) {
        places = ConnectionPlaces(size: max(1, size))
        self.logger = logger
        self.configuration = configuration
    }

    /// Lends a connection to the closure; waits while all are in use.
    ///
    /// - Throws: A ``PostgreSQLError``, or what the closure throws.
    package nonisolated(nonsending) func withConnection<Value>(
        _ body: nonisolated(nonsending) (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        let session = try await takeSession()
        do {
            let value = try await body(PostgreSQLConnection(session: session))
            await giveBack(session)
            return value
        } catch {
            await giveBack(session)
            throw error
        }
    }

    /// Runs the closure in a transaction, which is committed when it returns and rolled back when it throws.
    ///
    /// When the connection breaks during the commit the error is of kind `connection` and the outcome is unknown.
    package nonisolated(nonsending) func withTransaction<Value>(
        _ body: nonisolated(nonsending) (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        try await withConnection { connection in
            try await connection.query("BEGIN")
            do {
                let value = try await body(connection)
                try await connection.query("COMMIT")
                return value
            } catch {
                await self.rollBack(connection)
                throw error
            }
        }
    }

    /// Runs one statement on any connection.
    @discardableResult
    package func query(
        _ sql: String, _ parameters: [PostgreSQLValue] = []
    ) async throws(PostgreSQLError) -> PostgreSQLResult {
        let session = try await takeSession()
        let result: Result<PostgreSQLResult, PostgreSQLError>
        do throws(PostgreSQLError) {
            result = .success(try await PostgreSQLConnection(session: session).query(sql, parameters))
        } catch {
            result = .failure(error)
        }
        await giveBack(session)
        return try result.get()
    }

    /// Closes idle connections now, and those in use when they come back; later calls fail.
    package func close() async {
        for session in places.close() {
            await session.close()
        }
    }

    /// A rollback that fails leaves the connection in a transaction, so it is dropped when it is given back.
    private func rollBack(_ connection: PostgreSQLConnection) async {
        do {
            try await connection.rollback()
        } catch {
            logger.debug("a transaction ended with its connection", metadata: ["error": "\(error)"])
        }
    }

    private func takeSession() async throws(PostgreSQLError) -> Session {
        try await places.take()
        do throws(PostgreSQLError) {
            while let session = places.takeIdle() {
                let isReusable = try await session.run(isCancellable: false) { session, _ in session.isReusable }
                if isReusable { return session }
                logger.debug("an idle database connection was lost")
                await session.close()
            }
            return try await openSession()
        } catch {
            places.free()
            throw error
        }
    }

    private func openSession() async throws(PostgreSQLError) -> Session {
        let settings: PostgreSQLConfiguration
        do {
            settings = try await configuration()
        } catch let error as PostgreSQLError {
            throw error
        } catch {
            throw PostgreSQLError(.configuration, "the database's settings cannot be read: \(error)")
        }
        let session = try Session(logger: logger)
        try await session.run { (session, flag) throws(PostgreSQLError) in try session.open(settings, flag) }
        return session
    }

    private func giveBack(_ session: Session) async {
        do {
            let isReusable = try await session.run(isCancellable: false) { session, _ in session.isReusable }
            if isReusable, places.putIdle(session) { return }
        } catch {
            logger.debug("a connection could not be given back", metadata: ["error": "\(error)"])
        }
        await session.close()
        places.free()
    }
}
