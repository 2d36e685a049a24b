import Foundation
import Logging
import PostgreSQL
import TestSupport

/// Lends a pool on a database of the test's own.
func withPool<Result>(size: Int = 4, _ body: (PostgreSQLPool) async throws -> Result) async throws -> Result {
    try await TestDatabase.withDatabase { url in
        let pool = PostgreSQLPool(size: size, logger: Logger(label: "test.postgresql")) {
            try PostgreSQLConfiguration(url: url)
        }
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }
}

/// Runs a closure that must throw a database error, and returns it.
func databaseError(_ body: () async throws -> Void) async throws -> PostgreSQLError? {
    do {
        try await body()
        return nil
    } catch let error as PostgreSQLError {
        return error
    }
}

/// A file whose reader waits for what the test writes: whoever reads it can be stopped in the middle.
final class NamedPipe {
    let path: String
    private let handle: FileHandle

    init(in folder: URL, name: String = "rows.copy") throws {
        path = folder.appending(path: name).path
        guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.EIO) }
        // Opened for both directions, so that opening does not wait for the reader.
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// At most what a pipe holds without a reader, 64 KiB.
    func write(_ bytes: [UInt8]) throws {
        try handle.write(contentsOf: Data(bytes))
    }

    /// The reader finds the end of the file.
    func finish() throws {
        try handle.close()
    }
}
