import CPostgreSQL
import Glibc
import Logging

extension Session {
    /// Connects and sets what holds for the whole session.
    ///
    /// - Throws: `connection`, also after `connectTimeoutSeconds`; `authentication`; `configuration`; `cancelled`.
    func open(_ configuration: PostgreSQLConfiguration, _ flag: CancellationFlag) throws(PostgreSQLError) {
        let parameters = try Self.libpqParameters(of: configuration)
        let strings = [parameters.map(\.0), parameters.map(\.1)].map { $0.map { Array($0.utf8CString) } }
        connection = withPointers(to: strings[0]) { names in
            withPointers(to: strings[1]) { values in PQconnectStartParams(names, values, 0) }
        }
        guard let connection else { throw PostgreSQLError(.connection, "libpq has no memory for a connection") }
        do throws(PostgreSQLError) {
            guard PQstatus(connection) != CONNECTION_BAD else { throw failure(of: connection, configuration) }
            // With this verbosity the text holds the SQLSTATE, which libpq 15 tells in no other way here.
            PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
            try finishConnecting(connection, configuration, flag)
            PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
            PQsetnonblocking(connection, 1)
            logNotices(of: connection)
            _ = try execute(Self.settings(of: configuration), flag)
        } catch {
            PQfinish(connection)
            self.connection = nil
            throw error
        }
    }

    private func finishConnecting(
        _ connection: OpaquePointer, _ configuration: PostgreSQLConfiguration, _ flag: CancellationFlag
    ) throws(PostgreSQLError) {
        let deadline = ContinuousClock.now + .seconds(configuration.connectTimeoutSeconds)
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard !flag.isSet else { throw PostgreSQLError(.cancelled, "connecting was cancelled") }
            switch wait(connection, events: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline) {
            case .woken: continue
            case .ready: state = PQconnectPoll(connection)
            case .deadline:
                let seconds = configuration.connectTimeoutSeconds
                throw PostgreSQLError(.connection, "no answer from \(configuration) within \(seconds) s")
            }
            guard state != PGRES_POLLING_FAILED else { throw failure(of: connection, configuration) }
        }
    }

    /// libpq's `connect_timeout` does not hold for the asynchronous calls used here, so it is not among them.
    private static func libpqParameters(
        of configuration: PostgreSQLConfiguration
    ) throws(PostgreSQLError) -> [(String, String)] {
        var parameters = configuration.parameters
        parameters["host"] = configuration.host
        parameters["port"] = String(configuration.port)
        parameters["user"] = configuration.user
        parameters["password"] = configuration.password
        parameters["dbname"] = configuration.database
        parameters["sslmode"] = configuration.sslMode.rawValue
        parameters["application_name"] = configuration.applicationName
        parameters["client_encoding"] = "UTF8"
        // A peer that is gone without a word is found within a minute.
        parameters["keepalives_idle"] = "30"
        parameters["keepalives_interval"] = "10"
        parameters["keepalives_count"] = "3"
        parameters["tcp_user_timeout"] = "60000"
        if configuration.sslMode == .verifyFull {
            let environment = getenv("PGSSLROOTCERT").map { ["PGSSLROOTCERT": String(cString: $0)] } ?? [:]
            let path = configuration.rootCertificatePath(environment: environment)
            guard access(path, R_OK) == 0 else {
                throw PostgreSQLError(
                    .configuration, "sslmode=verify-full needs the certificate file \(path), which cannot be read",
                    hint: "Set sslrootcert in the URL or PGSSLROOTCERT; Amazon RDS publishes its global-bundle.pem")
            }
            parameters["sslrootcert"] = path
        }
        guard !parameters.contains(where: { $0.value.utf8.contains(0) }) else {
            throw PostgreSQLError(.configuration, "a connection parameter contains a zero byte")
        }
        return parameters.map { ($0.key, $0.value) }
    }

    /// An abandoned transaction holds locks, so the server ends those too.
    private static func settings(of configuration: PostgreSQLConfiguration) -> String {
        """
        SET statement_timeout = \(max(0, configuration.statementTimeoutSeconds) * 1000);
        SET idle_in_transaction_session_timeout = 600000;
        SET TIME ZONE 'UTC'; SET DateStyle = ISO; SET bytea_output = hex; SET extra_float_digits = 1
        """
    }

    private func failure(
        of connection: OpaquePointer, _ configuration: PostgreSQLConfiguration
    ) -> PostgreSQLError {
        let text = Self.text(PQerrorMessage(connection))
        let state = Self.sqlState(in: text)
        let kind = state.map(PostgreSQLError.kind(ofSQLState:)) ?? .connection
        let plain = text.split(separator: "; ").filter { !$0.hasPrefix("LOCATION:") }.joined(separator: "; ")
        return PostgreSQLError(
            // A server that refuses to open a session for another reason (no such database) may be set up later.
            kind == .authentication ? .authentication : .connection,
            "cannot connect to \(configuration): \(plain)", sqlState: state)
    }

    /// The code in `FATAL:  28P01: password authentication failed`.
    private static func sqlState(in text: String) -> String? {
        text.firstMatch(of: #/(?:FATAL|ERROR|PANIC): +([0-9A-Z]{5}): /#).map { String($0.1) }
    }

    private func logNotices(of connection: OpaquePointer) {
        // The receiver is only called within libpq calls on this connection, which `deinit` ends.
        let session = Unmanaged.passUnretained(self).toOpaque()
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                let session = Unmanaged<Session>.fromOpaque(context).takeUnretainedValue()
                let severity = Session.text(cpq_result_field(result, CPQ_FIELD_SEVERITY))
                session.logger.log(
                    level: severity == "WARNING" ? .warning : .debug, "notice from PostgreSQL",
                    metadata: [
                        "db.notice": "\(Session.text(cpq_result_field(result, CPQ_FIELD_MESSAGE)))",
                        "db.severity": "\(severity)",
                    ])
            }, session)
    }
}
