/// What PostgreSQL, libpq or the reading of a result refused, with the server's own text.
package struct PostgreSQLError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// No connection, a lost one, or a server that is starting, stopping or out of memory, disk or slots: trying
        /// again may help.
        case connection
        case authentication
        case query
        case constraint
        /// A deadlock or serialization failure: the transaction can be run again.
        case serialization
        /// A result's column is missing, null or of another type than was asked for.
        case decoding
        /// The calling task was cancelled.
        case cancelled
        /// The server's statement timeout ended the statement.
        case timedOut
        case configuration
        /// A local file for COPY cannot be read.
        case file
    }

    package let kind: Kind
    /// The server's five-character code, where there is one.
    package let sqlState: String?
    package let message: String
    /// The server's hint on what to do, where there is one.
    package let hint: String?
    /// The violated constraint's name.
    package let constraint: String?

    package init(
        _ kind: Kind, _ message: String, sqlState: String? = nil, hint: String? = nil, constraint: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.hint = hint
        self.constraint = constraint
    }

    /// The kind that a SQLSTATE stands for (PostgreSQL documentation, appendix A).
    static func kind(ofSQLState state: String) -> Kind {
        switch state {
        case "57P01", "57P02", "57P03": .connection
        case "57014": .timedOut
        case "40001", "40P01": .serialization
        default:
            switch state.prefix(2) {
            case "08", "53", "58": .connection
            case "23": .constraint
            case "28": .authentication
            default: .query
            }
        }
    }
}

extension PostgreSQLError: CustomStringConvertible {
    package var description: String {
        var text = "PostgreSQL: \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let hint { text += ". \(hint)" }
        return text
    }
}
