import CPostgreSQL
import Glibc

extension Session {
    private static let byteaType = Oid(17)

    /// Sends one statement with its parameters and reads all of its answer.
    func query(
        _ sql: String, _ parameters: [PostgreSQLValue], _ flag: CancellationFlag
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        var encoded: [[CChar]?] = []
        for parameter in parameters {
            encoded.append(try parameter.encoded())
        }
        let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
        let types = parameters.map { $0.isBinary ? Self.byteaType : 0 }
        let lengths = encoded.map { Int32(clamping: $0?.count ?? 0) }
        return try exchange(flag) { connection in
            withPointers(to: encoded) { values in
                PQsendQueryParams(connection, sql, Int32(parameters.count), types, values, lengths, formats, 0)
            }
        }
    }

    /// Sends a script of statements; the last one's rows are returned, and the first error ends it.
    func execute(_ script: String, _ flag: CancellationFlag) throws(PostgreSQLError) -> PostgreSQLResult {
        try exchange(flag) { PQsendQuery($0, script) }
    }

    private func exchange(
        _ flag: CancellationFlag, send: (OpaquePointer) -> Int32
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let connection = try usableConnection(flag)
        guard send(connection) == 1 else { throw lost(connection) }
        try flush(connection, flag)
        let outcome = try outcome(of: connection, flag)
        guard !outcome.isCopy else {
            PQputCopyEnd(connection, "COPY is only possible from a file")
            _ = lost(connection)
            throw PostgreSQLError(.query, "a COPY statement is not a query: call copy(into:columns:fromBinaryFile:)")
        }
        return outcome.result
    }

    /// Writes what libpq holds back, reading meanwhile so that neither side waits for the other.
    func flush(_ connection: OpaquePointer, _ flag: CancellationFlag) throws(PostgreSQLError) {
        while true {
            switch PQflush(connection) {
            case 0: return
            case 1:
                try waitForServer(connection, events: POLLIN | POLLOUT, flag)
                guard PQconsumeInput(connection) == 1 else { throw lost(connection) }
            default: throw lost(connection)
            }
        }
    }

    /// Reads the results of what was sent, until the server is done or waits for the data of a COPY.
    ///
    /// - Throws: The first error among the results, after the last one has been read.
    func outcome(of connection: OpaquePointer, _ flag: CancellationFlag) throws(PostgreSQLError) -> StatementOutcome {
        var outcome = StatementOutcome()
        while !outcome.isCopy {
            while PQisBusy(connection) == 1 {
                try waitForServer(connection, events: POLLIN, flag)
                guard PQconsumeInput(connection) == 1 else { throw lost(connection) }
            }
            guard let result = PQgetResult(connection) else { break }
            outcome.add(result, wasCancelled: flag.isSet)
            PQclear(result)
        }
        if PQstatus(connection) != CONNECTION_OK { throw outcome.error ?? lost(connection) }
        if let error = outcome.error { throw error }
        return outcome
    }
}

/// What the results of one exchange with the server add up to.
struct StatementOutcome {
    private(set) var result = PostgreSQLResult(rows: [], affectedRows: 0)
    private(set) var error: PostgreSQLError?
    /// The server waits for data, or sends it.
    private(set) var isCopy = false

    /// Takes over what a libpq result holds, but not the memory.
    mutating func add(_ result: OpaquePointer, wasCancelled: Bool) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
            self.result = PostgreSQLResult(rows: Self.rows(of: result), affectedRows: Self.affectedRows(of: result))
        case PGRES_EMPTY_QUERY: break
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: isCopy = true
        default: error = error ?? Self.error(of: result, wasCancelled: wasCancelled)
        }
    }

    private static func affectedRows(of result: OpaquePointer) -> Int64 {
        guard let count = PQcmdTuples(result) else { return 0 }
        return Int64(String(cString: count)) ?? 0
    }

    private static func rows(of result: OpaquePointer) -> [PostgreSQLRow] {
        let count = PQntuples(result)
        let width = PQnfields(result)
        guard count > 0, width > 0 else { return [] }
        var columns: [String: Int] = [:]
        for column in 0..<width {
            if let name = PQfname(result, column) { columns[String(cString: name)] = Int(column) }
        }
        return (0..<count).map { row in
            let values = (0..<width).map { column -> String? in
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                    return nil
                }
                return String(cString: value)
            }
            return PostgreSQLRow(columns: columns, values: values)
        }
    }

    private static func error(of result: OpaquePointer, wasCancelled: Bool) -> PostgreSQLError {
        func field(_ field: cpq_field) -> String? {
            cpq_result_field(result, field).map { String(cString: $0) }
        }
        let state = field(CPQ_FIELD_SQLSTATE)
        var kind = state.map(PostgreSQLError.kind(ofSQLState:)) ?? .connection
        if kind == .timedOut, wasCancelled { kind = .cancelled }
        var message = field(CPQ_FIELD_MESSAGE) ?? Session.text(PQresultErrorMessage(result))
        if let detail = field(CPQ_FIELD_DETAIL) { message += " (\(detail))" }
        return PostgreSQLError(
            kind, message, sqlState: state, hint: field(CPQ_FIELD_HINT), constraint: field(CPQ_FIELD_CONSTRAINT))
    }
}

/// Gives C an array of pointers to the strings, which it must not keep; the array ends with a null.
func withPointers<Value>(
    to strings: [[CChar]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
) -> Value {
    // One more byte at the end gives an empty value (no bytes of bytea) a pointer that is not null.
    let bytes: [CChar] = strings.reduce(into: []) { $0 += $1 ?? [] } + [0]
    return bytes.withUnsafeBufferPointer { buffer in
        var offset = 0
        var pointers: [UnsafePointer<CChar>?] = []
        for string in strings {
            pointers.append(string == nil ? nil : buffer.baseAddress.map { $0 + offset })
            offset += string?.count ?? 0
        }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
