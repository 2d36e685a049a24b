import Foundation
import Logging
import PostgreSQL
import Synchronization
import TestSupport
import Testing

struct PostgreSQLPoolTests {
    private struct Refused: Error {}

    @Test func transactionHoldsWhenTheClosureReturnsAndNotWhenItThrows() async throws {
        try await withPool { pool in
            try await pool.query("CREATE TABLE note (text text)")
            try await pool.withTransaction { try await $0.execute("INSERT INTO note VALUES ('kept')") }
            await #expect(throws: Refused.self) {
                try await pool.withTransaction { connection in
                    try await connection.query("INSERT INTO note VALUES ('lost')")
                    throw Refused()
                }
            }
            let rows = try await pool.query("SELECT text FROM note").rows
            #expect(try rows.map { try $0.string("text") } == ["kept"])
        }
    }

    @Test func idleConnectionThatTheServerEndedIsReplaced() async throws {
        try await withPool(size: 1) { pool in
            let session = try await pool.query("SELECT pg_backend_pid() AS pid").rows.first?.int("pid")
            let pid = try #require(session)
            try await terminate(pid)
            let next = try await pool.query("SELECT pg_backend_pid() AS pid").rows.first?.int("pid")
            #expect(next != nil)
            #expect(next != pid)
        }
    }

    @Test func connectionThatBreaksInUseIsAnErrorAndIsDropped() async throws {
        try await withPool(size: 1) { pool in
            let error = try await databaseError {
                try await pool.withConnection { connection in
                    let row = try await connection.query("SELECT pg_backend_pid() AS pid").rows.first
                    try await terminate(try #require(try row?.int("pid")))
                    try await connection.query("SELECT 1")
                }
            }
            #expect(error?.kind == .connection)
            #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        }
    }

    @Test func connectionLeftInATransactionIsNotLentAgain() async throws {
        try await withPool(size: 1) { pool in
            try await pool.withConnection { try await $0.execute("BEGIN; CREATE TABLE half (x int)") }
            let row = try await pool.query("SELECT to_regclass('half') AS half").rows.first
            #expect(try row?.optionalString("half") == nil)
        }
    }

    @Test func callersBeyondTheSizeWaitForAPlace() async throws {
        try await withPool(size: 2) { pool in
            let gauge = Gauge()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await pool.withConnection { connection in
                            gauge.enter()
                            try await connection.execute("SELECT pg_sleep(0.01)")
                            gauge.leave()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(gauge.most <= 2)
        }
    }

    @Test func cancelledTaskEndsItsStatementOnTheServer() async throws {
        try await withPool(size: 1) { pool in
            let row = try await pool.query("SELECT current_database() AS name").rows.first
            let name = PostgreSQLValue.text(try #require(try row?.string("name")))
            let task = Task { try await pool.query("SELECT pg_sleep(600) AS marked_for_cancellation") }
            let isRunning = """
                SELECT 1 FROM pg_stat_activity
                WHERE datname = $1 AND state = 'active' AND query LIKE '%marked_for_cancellation%'
                    AND pid <> pg_backend_pid()
                """
            let other = try TestEnvironment.databaseURL
            try await eventually { try await !TestDatabase.query(isRunning, [name], on: other).rows.isEmpty }
            task.cancel()
            let error = try await databaseError { _ = try await task.value }
            #expect(error?.kind == .cancelled)
            try await eventually { try await TestDatabase.query(isRunning, [name], on: other).rows.isEmpty }
            #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        }
    }

    @Test func cancelledTaskDoesNotWaitForAPlace() async throws {
        try await withPool(size: 1) { pool in
            try await pool.withConnection { _ in
                let waiting = Task { try await pool.query("SELECT 1") }
                waiting.cancel()
                let error = try await databaseError { _ = try await waiting.value }
                #expect(error?.kind == .cancelled)
            }
            #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        }
    }

    @Test func cancelledTransactionIsRolledBackAndItsConnectionKept() async throws {
        try await withPool(size: 1) { pool in
            try await pool.query("CREATE TABLE note (pid int)")
            let before = try await pool.query("SELECT pg_backend_pid() AS pid").rows.first?.int("pid")
            let task = Task {
                try await pool.withTransaction { connection in
                    try await connection.query("INSERT INTO note VALUES (1)")
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await connection.query("SELECT 1")
                }
            }
            let error = try await databaseError { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(try await pool.query("SELECT * FROM note").rows.isEmpty)
            #expect(try await pool.query("SELECT pg_backend_pid() AS pid").rows.first?.int("pid") == before)
        }
    }

    @Test func wrongPasswordIsAnAuthenticationErrorWithoutIt() async throws {
        var configuration = try PostgreSQLConfiguration(url: TestEnvironment.databaseURL)
        configuration.password = "not-the-s3cret"
        configuration.user = "no_such_role"
        let wrong = configuration
        let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test")) { wrong }
        let error = try await databaseError { try await pool.query("SELECT 1") }
        await pool.close()
        #expect(error?.kind == .authentication)
        #expect(error?.message.contains("no_such_role") == true)
        #expect(error.map { "\($0)".contains("s3cret") } == false)
    }

    @Test func settingsAreReadAgainForEachNewConnection() async throws {
        let url = try TestEnvironment.databaseURL
        let reads = Gauge()
        let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test")) {
            var configuration = try PostgreSQLConfiguration(url: url)
            reads.enter()
            if reads.most == 1 { configuration.user = "rotated_away" }
            return configuration
        }
        let first = try await databaseError { try await pool.query("SELECT 1") }
        #expect(first != nil)
        #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        await pool.close()
        #expect(reads.most == 2)
    }

    @Test func settingsThatCannotBeReadAreAConfigurationError() async throws {
        let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test")) { throw Refused() }
        let error = try await databaseError { try await pool.query("SELECT 1") }
        #expect(error?.kind == .configuration)
        await pool.close()
    }

    @Test func serverThatRefusesOrNeverAnswersIsAConnectionError() async throws {
        let silent = try SilentServer()
        for port in [1, silent.port] {
            let configuration = PostgreSQLConfiguration(
                host: "127.0.0.1", port: port, user: "me", password: "s3cret", database: "lake",
                connectTimeoutSeconds: 1)
            let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test")) { configuration }
            let error = try await databaseError { try await pool.query("SELECT 1") }
            #expect(error?.kind == .connection)
            #expect(error?.message.contains("me@127.0.0.1:\(port)/lake") == true)
            #expect(error.map { "\($0)".contains("s3cret") } == false)
            await pool.close()
        }
    }

    @Test func verifyingWithoutTheCertificatesIsAConfigurationError() async throws {
        let configuration = PostgreSQLConfiguration(
            host: "127.0.0.1", user: "me", database: "lake", sslMode: .verifyFull,
            sslRootCertificate: "/no/such/bundle.pem")
        let pool = PostgreSQLPool(size: 1, logger: Logger(label: "test")) { configuration }
        let error = try await databaseError { try await pool.query("SELECT 1") }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("/no/such/bundle.pem") == true)
        await pool.close()
    }

    @Test func closedPoolRefusesAndEndsItsSessions() async throws {
        try await withPool(size: 2) { pool in
            let name = try #require(
                try await pool.query("SELECT current_database() AS name").rows.first?.string("name"))
            await pool.close()
            let error = try await databaseError { try await pool.query("SELECT 1") }
            #expect(error?.kind == .connection)
            let url = try TestEnvironment.databaseURL
            try await eventually {
                try await TestDatabase.query(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = $1", [.text(name)], on: url
                ).rows.isEmpty
            }
        }
    }

    private func terminate(_ pid: Int) async throws {
        let url = try TestEnvironment.databaseURL
        try await TestDatabase.query("SELECT pg_terminate_backend($1)", [.integer(Int64(pid))], on: url)
        try await eventually {
            try await TestDatabase.query(
                "SELECT 1 FROM pg_stat_activity WHERE pid = $1", [.integer(Int64(pid))], on: url
            ).rows.isEmpty
        }
    }
}

/// How many are inside, and the most that ever were.
private final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}

/// Listens on a free port and takes connections without ever saying a word.
private final class SilentServer {
    let port: Int
    private let handle: FileHandle

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: listener, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            guard bind(listener, pointer, length) == 0, listen(listener, 8) == 0 else { return -1 }
            return getsockname(listener, pointer, &length)
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }
}
