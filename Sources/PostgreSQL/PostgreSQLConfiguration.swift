import CPostgreSQL

/// Where a database is and how to log in. The password is in no description and in no error.
package struct PostgreSQLConfiguration: Sendable, Hashable {
    package enum SSLMode: String, Sendable, Hashable, CaseIterable {
        case disable
        case prefer
        case require
        case verifyFull = "verify-full"
    }

    /// A host name, an address, or the folder of a Unix socket.
    package var host: String
    package var port: Int
    package var user: String
    package var password: String?
    package var database: String
    package var sslMode: SSLMode
    /// The file with the authorities that `verifyFull` trusts; see ``rootCertificatePath(environment:)`` for nil.
    package var sslRootCertificate: String?
    package var connectTimeoutSeconds: Int
    /// The server ends a statement that takes longer; 0 is no limit.
    package var statementTimeoutSeconds: Int
    package var applicationName: String
    /// Further libpq parameters of a URL, such as `target_session_attrs`.
    package var parameters: [String: String]

    package init(
        host: String,
        port: Int = 5432,
        user: String,
        password: String? = nil,
        database: String,
        sslMode: SSLMode = .prefer,
        sslRootCertificate: String? = nil,
        connectTimeoutSeconds: Int = 5,
        statementTimeoutSeconds: Int = 60,
        applicationName: String = "framelake"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.sslMode = sslMode
        self.sslRootCertificate = sslRootCertificate
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.statementTimeoutSeconds = statementTimeoutSeconds
        self.applicationName = applicationName
        self.parameters = [:]
    }

    /// Reads `postgres://user:password@host:5432/name?sslmode=verify-full`, in every form that libpq takes:
    /// a Unix socket is `postgres:///name?host=/run/postgresql`.
    package init(url: String) throws(PostgreSQLError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw Self.unreadable("it must begin with postgres://")
        }
        var values = try Self.parameters(ofURL: url)
        func take(_ name: String) -> String? {
            guard let value = values.removeValue(forKey: name), !value.isEmpty else { return nil }
            return value
        }
        let host = take("host") ?? "localhost"
        guard let user = take("user") else { throw Self.unreadable("it names no user") }
        self.init(host: host, user: user, database: take("dbname") ?? user)
        password = take("password")
        sslRootCertificate = take("sslrootcert")
        applicationName = take("application_name") ?? applicationName
        if let text = take("port") {
            guard let number = Int(text), (1...65535).contains(number) else {
                throw Self.unreadable("its port must be a number from 1 to 65535")
            }
            port = number
        }
        if let text = take("connect_timeout") {
            guard let seconds = Int(text), seconds > 0 else {
                throw Self.unreadable("connect_timeout must be a number of seconds above 0")
            }
            connectTimeoutSeconds = seconds
        }
        if let text = take("sslmode") {
            guard let mode = SSLMode(rawValue: text) else {
                let modes = SSLMode.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.unreadable("sslmode must be one of \(modes)")
            }
            sslMode = mode
        }
        parameters = values
    }

    /// The file that `verifyFull` trusts: the one that is set, else `PGSSLROOTCERT`, else the system's authorities,
    /// where an image or an operator installs Amazon RDS's `global-bundle.pem`.
    package func rootCertificatePath(environment: [String: String]) -> String {
        sslRootCertificate ?? environment["PGSSLROOTCERT"] ?? "/etc/ssl/certs/ca-certificates.crt"
    }

    /// libpq's own text is not passed on: it quotes parts of the URL, and one of them is the password.
    private static func parameters(ofURL url: String) throws(PostgreSQLError) -> [String: String] {
        var text: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &text) else {
            PQfreemem(text)
            throw unreadable("special characters need %, and only libpq's parameters may follow ?")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return values
    }

    private static func unreadable(_ reason: String) -> PostgreSQLError {
        PostgreSQLError(.configuration, "the database URL cannot be read: \(reason)")
    }
}

extension PostgreSQLConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `user@host:port/database`.
    package var description: String {
        "\(user)@\(host):\(port)/\(database)"
    }

    package var debugDescription: String {
        description
    }

    /// Keeps the password out of `dump` and of what prints a value's parts.
    package var customMirror: Mirror {
        Mirror(self, children: ["server": description])
    }
}
