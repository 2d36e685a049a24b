import CPostgreSQL
import Glibc

extension Session {
    /// What is read from the file and handed to the server at once: the memory that a COPY takes.
    private static let chunkBytes = 256 << 10

    /// Streams a file in PostgreSQL's binary COPY format into a table and returns the number of rows.
    func copy(
        _ statement: String, fromBinaryFile path: String, _ flag: CancellationFlag
    ) throws(PostgreSQLError) -> Int64 {
        let connection = try usableConnection(flag)
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.fileError(path) }
        defer { Glibc.close(file) }
        guard PQsendQuery(connection, statement) == 1 else { throw lost(connection) }
        try flush(connection, flag)
        guard try outcome(of: connection, flag).isCopy else {
            throw PostgreSQLError(.query, "the server did not ask for the rows of a COPY")
        }
        let failure = try send(file, path, to: connection, flag)
        guard PQputCopyEnd(connection, failure?.message) == 1 else { throw lost(connection) }
        do throws(PostgreSQLError) {
            try flush(connection, flag)
            return try outcome(of: connection, flag).result.affectedRows
        } catch {
            throw failure ?? error
        }
    }

    /// - Returns: Why the rows must not be kept; the server is then told so. Errors of the connection are thrown.
    private func send(
        _ file: Int32, _ path: String, to connection: OpaquePointer, _ flag: CancellationFlag
    ) throws(PostgreSQLError) -> PostgreSQLError? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            guard !flag.isSet else { return PostgreSQLError(.cancelled, "the COPY was cancelled") }
            let count = read(file, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return Self.fileError(path) }
            guard count > 0 else { return nil }
            let chunk = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            while true {
                let taken = PQputCopyData(connection, chunk, Int32(count))
                guard taken >= 0 else { throw lost(connection) }
                try flush(connection, flag)
                if taken == 1 { break }
            }
        }
    }

    private static func fileError(_ path: String) -> PostgreSQLError {
        PostgreSQLError(.file, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
}
