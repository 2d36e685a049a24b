import CPostgreSQL
import Dispatch
import Logging

#if canImport(Glibc)
    import Glibc
#endif

/// One libpq connection and the serial queue that all its calls run on, so that waiting blocks no thread of Swift's
/// cooperative pool.
///
/// `@unchecked Sendable` holds since `connection` and `isUsable` are only touched on `queue`, and by `deinit`, which
/// nothing can run beside; an operation on the queue keeps the session alive.
final class Session: @unchecked Sendable {
    /// How long the server has to answer a cancellation before the connection is given up.
    private static let cancellationGraceSeconds = 5

    private let queue: DispatchQueue
    private let logger: Logger
    private let wakeEvent: Int32
    private var connection: OpaquePointer?
    private var isUsable = true

    /// An unopened session.
    init(logger: Logger) throws(PostgreSQLError) {
        self.logger = logger
        queue = DispatchQueue(label: "framelake.postgresql")
        wakeEvent = cpq_event_open()
        guard wakeEvent >= 0 else {
            throw PostgreSQLError(.connection, "no descriptor is left for a connection: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        PQfinish(connection)
        Glibc.close(wakeEvent)
    }

    // MARK: Running work on the session's own thread

    /// Runs blocking work on the session's queue and returns its result; the flag is set when the task is cancelled.
    ///
    /// - Parameter isCancellable: False for the work that must be done all the same, such as a rollback.
    func run<Value: Sendable>(
        isCancellable: Bool = true,
        _ work: @escaping @Sendable (Session, CancellationFlag) throws(PostgreSQLError) -> Value
    ) async throws(PostgreSQLError) -> Value {
        let flag = CancellationFlag()
        let result: Result<Value, PostgreSQLError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    cpq_event_clear(self.wakeEvent)
                    continuation.resume(returning: Result { () throws(PostgreSQLError) in try work(self, flag) })
                }
            }
        } onCancel: {
            guard isCancellable else { return }
            flag.set()
            cpq_event_signal(wakeEvent)
        }
        return try result.get()
    }

    /// Ends the connection; a later call on the session fails.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async {
                PQfinish(self.connection)
                self.connection = nil
                self.isUsable = false
                continuation.resume()
            }
        }
    }

    // MARK: On the queue

    /// Whether the session can be handed out again: connected, in no transaction, and not closed by the server.
    func isReusable() -> Bool {
        guard isUsable, let connection, PQstatus(connection) == CONNECTION_OK else { return false }
        guard PQtransactionStatus(connection) == PQTRANS_IDLE else { return false }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 0) > 0 else { return true }
        return PQconsumeInput(connection) == 1 && PQstatus(connection) == CONNECTION_OK && !hasPendingEnd(connection)
    }

    /// A server that ends a session says so first (an unasked error), then closes: both are readable here.
    private func hasPendingEnd(_ connection: OpaquePointer) -> Bool {
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) > 0 && PQconsumeInput(connection) == 0
    }

    /// Connects and sets what holds for the whole session.
    func open(_ configuration: PostgreSQLConfiguration, _ flag: CancellationFlag) throws(PostgreSQLError) {
        let deadline = ContinuousClock.now + .seconds(configuration.connectTimeoutSeconds)
        connection = try SessionOpening.start(configuration)
        guard let connection else {
            throw PostgreSQLError(.connection, "libpq has no memory for a connection")
        }
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        do {
            var state = PGRES_POLLING_WRITING
            while state != PGRES_POLLING_OK {
                let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
                switch wait(events: Int16(events), flag, until: deadline) {
                case .ready: break
                case .woken: throw PostgreSQLError(.cancelled, "connecting was cancelled")
                case .deadline:
                    let limit = configuration.connectTimeoutSeconds
                    throw PostgreSQLError(.connection, "no answer from \(configuration) within \(limit) s")
                }
                state = PQconnectPoll(connection)
                guard state != PGRES_POLLING_FAILED else {
                    throw SessionOpening.failure(of: connection, configuration)
                }
            }
            PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
            PQsetnonblocking(connection, 1)
            receiveNotices(of: connection)
            _ = try execute(SessionOpening.settings(configuration), flag)
        } catch {
            PQfinish(connection)
            self.connection = nil
            throw error
        }
    }

    /// Sends one statement with its parameters and reads all of its answer.
    func query(
        _ sql: String, _ parameters: [PostgreSQLValue], _ flag: CancellationFlag
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let encoded = try parameters.map { (value) throws(PostgreSQLError) in try value.encoded() }
        let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
        let types = parameters.map { Oid($0.isBinary ? 17 : 0) }
        let lengths = encoded.map { Int32($0?.count ?? 0) }
        return try exchange(flag) { connection in
            withPointers(to: encoded) { pointers in
                PQsendQueryParams(connection, sql, Int32(parameters.count), types, pointers, lengths, formats, 0)
            }
        }
    }

    /// Sends a script of statements; the last one's rows are returned.
    func execute(_ script: String, _ flag: CancellationFlag) throws(PostgreSQLError) -> PostgreSQLResult {
        try exchange(flag) { PQsendQuery($0, script) }
    }

    private func exchange(
        _ flag: CancellationFlag, send: (OpaquePointer) -> Int32
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let connection = try usableConnection(flag)
        guard send(connection) == 1 else { throw lost(connection) }
        try flush(connection, flag)
        return try results(of: connection, flag).summary
    }

    func usableConnection(_ flag: CancellationFlag) throws(PostgreSQLError) -> OpaquePointer {
        guard !flag.isSet else { throw PostgreSQLError(.cancelled, "the statement was cancelled before it was sent") }
        guard isUsable, let connection else { throw PostgreSQLError(.connection, "the connection is closed") }
        return connection
    }

    /// Writes what libpq holds back, reading meanwhile so that neither side waits for the other.
    func flush(_ connection: OpaquePointer, _ flag: CancellationFlag) throws(PostgreSQLError) {
        while true {
            switch PQflush(connection) {
            case 0: return
            case 1:
                try waitForServer(connection, events: Int16(POLLIN | POLLOUT), flag)
                guard PQconsumeInput(connection) == 1 else { throw lost(connection) }
            default: throw lost(connection)
            }
        }
    }

    /// Reads results until the server is done with the statement, or waits for data in a COPY.
    func results(of connection: OpaquePointer, _ flag: CancellationFlag) throws(PostgreSQLError) -> StatementOutcome {
        var outcome = StatementOutcome()
        while true {
            while PQisBusy(connection) == 1 {
                try waitForServer(connection, events: Int16(POLLIN), flag)
                guard PQconsumeInput(connection) == 1 else { throw lost(connection) }
            }
            guard let result = PQgetResult(connection) else { break }
            let status = PQresultStatus(result)
            outcome.add(result, wasCancelled: flag.isSet)
            PQclear(result)
            if status == PGRES_COPY_IN { return outcome }
            if status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH {
                isUsable = false
                throw PostgreSQLError(.query, "COPY TO is not supported")
            }
        }
        if PQstatus(connection) != CONNECTION_OK { isUsable = false }
        if let error = outcome.error { throw error }
        return outcome
    }

    /// The connection is broken: nothing more can be asked of it.
    func lost(_ connection: OpaquePointer) -> PostgreSQLError {
        isUsable = false
        return PostgreSQLError(.connection, SessionOpening.text(PQerrorMessage(connection)))
    }

    // MARK: Waiting

    private enum Wake {
        case ready
        case woken
        case deadline
    }

    /// Waits for the socket. A cancellation asks the server to end the statement, whose error is then read as usual; a
    /// server that does not answer that either loses the connection.
    private func waitForServer(
        _ connection: OpaquePointer, events: Int16, _ flag: CancellationFlag
    ) throws(PostgreSQLError) {
        if wait(events: events, flag, until: nil) == .ready { return }
        requestCancellation(connection)
        let deadline = ContinuousClock.now + .seconds(Self.cancellationGraceSeconds)
        guard wait(events: events, nil, until: deadline) == .ready else {
            isUsable = false
            throw PostgreSQLError(.cancelled, "the statement was cancelled and the server did not answer")
        }
    }

    private func wait(events: Int16, _ flag: CancellationFlag?, until deadline: ContinuousClock.Instant?) -> Wake {
        while true {
            if let flag, flag.isSet, !flag.wasNoticed {
                flag.wasNoticed = true
                return .woken
            }
            var milliseconds: Int32 = -1
            if let deadline {
                let left = deadline - ContinuousClock.now
                guard left > .zero else { return .deadline }
                milliseconds = Int32(clamping: left.components.seconds * 1000 + 1 + left.components.attoseconds / 1_000_000_000_000_000)
            }
            var descriptors = [
                pollfd(fd: PQsocket(connection), events: events, revents: 0),
                pollfd(fd: flag == nil ? -1 : wakeEvent, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, milliseconds) > 0 else { continue }
            if descriptors[1].revents != 0 { cpq_event_clear(wakeEvent) }
            if descriptors[0].revents != 0 { return .ready }
        }
    }

    /// Asks over a second connection, which blocks: on another thread, with a key that holds no state of this one.
    private func requestCancellation(_ connection: OpaquePointer) {
        guard let key = PQgetCancel(connection) else { return }
        let address = UInt(bitPattern: key)
        DispatchQueue.global().async {
            let key = OpaquePointer(bitPattern: address)
            var reason = [CChar](repeating: 0, count: 256)
            PQcancel(key, &reason, Int32(reason.count))
            PQfreeCancel(key)
        }
    }
}
