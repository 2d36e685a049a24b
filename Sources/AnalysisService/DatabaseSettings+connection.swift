import AWS
import JSON
import Logging
import PostgreSQL

extension DatabaseSettings {
    /// A pool that connects when it is first used, and reads the secret again for every new connection.
    ///
    /// - Parameter aws: for the secret; nil with a URL, which needs none.
    func makePool(aws: AWSClient?, size: Int? = nil, logger: Logger) -> PostgreSQLPool {
        PostgreSQLPool(size: size ?? poolSize, logger: logger) {
            try await connection(secretsManager: aws.map(SecretsManagerClient.init))
        }
    }

    /// Whether the password is in Secrets Manager.
    var needsAWS: Bool {
        switch source {
        case .secret: true
        case .url: false
        }
    }

    private func connection(secretsManager: SecretsManagerClient?) async throws -> PostgreSQLConfiguration {
        var connection: PostgreSQLConfiguration
        switch source {
        case .url(let configuration):
            connection = configuration
        case .secret(let id):
            guard let secretsManager else {
                throw PostgreSQLError(.configuration, "the secret \(id) cannot be read without settings for AWS")
            }
            connection = try self.connection(secret: try await secretsManager.secretString(id: id), id: id)
        }
        if let sslMode { connection.sslMode = sslMode }
        if let sslRootCertificate { connection.sslRootCertificate = sslRootCertificate }
        connection.applicationName = "analysis-service"
        return connection
    }

    /// Reads a secret in the form that RDS uses: host, port, username, password, dbname.
    ///
    /// A secret that RDS manages itself has only username and password; `DATABASE_HOST`, `DATABASE_PORT` and
    /// `DATABASE_NAME` stand for what is missing. A database on another machine is reached over TLS with its
    /// certificate checked; one on this machine, as a developer has it, also without.
    /// - Throws: an error that names the field, without any of the secret's values.
    func connection(secret: String, id: String) throws(PostgreSQLError) -> PostgreSQLConfiguration {
        do {
            let fields = try JSON(parsing: secret).node
            guard let host = try fields["host"].optionalString() ?? host else {
                throw PostgreSQLError(.configuration, "the secret \(id) has no host, and DATABASE_HOST is not set")
            }
            guard let name = try fields["dbname"].optionalString() ?? name else {
                throw PostgreSQLError(.configuration, "the secret \(id) has no dbname, and DATABASE_NAME is not set")
            }
            let isLocal = ["localhost", "127.0.0.1", "::1"].contains(host) || host.hasPrefix("/")
            return PostgreSQLConfiguration(
                host: host, port: try Self.port(fields["port"]) ?? port ?? 5432,
                user: try fields["username"].string(), password: try fields["password"].string(), database: name,
                sslMode: isLocal ? .prefer : .verifyFull)
        } catch let error as PostgreSQLError {
            throw error
        } catch {
            throw PostgreSQLError(.configuration, "the secret \(id) is not in RDS form: \(error)")
        }
    }

    /// RDS writes a number; secrets made by hand often have text.
    private static func port(_ node: JSONNode) throws(JSONError) -> Int? {
        guard node.exists else { return nil }
        let port: Int?
        if case .string(let text) = node.value { port = Int(text) } else { port = try node.int() }
        guard let port, (1...65535).contains(port) else { throw node.error("expected a port number") }
        return port
    }
}
