import CPostgreSQL
import Dispatch
import Glibc
import Logging

/// One libpq connection and the serial queue that all its calls run on, so that waiting blocks no thread of Swift's
/// cooperative pool.
///
/// `@unchecked Sendable` holds since the variables are only touched on `queue`, and by `deinit`, which nothing can run
/// beside: an operation on the queue keeps the session alive.
final class Session: @unchecked Sendable {
    /// How long the server has to answer a cancellation before the connection is given up.
    private static let cancellationGrace = Duration.seconds(5)

    let logger: Logger
    var connection: OpaquePointer?
    private let queue = DispatchQueue(label: "framelake.postgresql")
    private let wakeEvent: Int32
    private var isLost = false
    /// A request to cancel may reach the server late and end a later statement.
    private var hasRequestedCancellation = false
    /// Set when the operation that runs now has asked the server to end its statement.
    private var cancellationDeadline: ContinuousClock.Instant?

    init(logger: Logger) throws(PostgreSQLError) {
        self.logger = logger
        wakeEvent = cpq_event_open()
        guard wakeEvent >= 0 else {
            throw PostgreSQLError(.connection, "no descriptor is left: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        PQfinish(connection)
        Glibc.close(wakeEvent)
    }

    /// Runs blocking work on the session's queue and returns its result; the flag is set when the task is cancelled.
    ///
    /// - Parameter isCancellable: False for work that must be done all the same, such as a rollback.
    func run<Value: Sendable>(
        isCancellable: Bool = true,
        _ work: @escaping @Sendable (Session, CancellationFlag) throws(PostgreSQLError) -> Value
    ) async throws(PostgreSQLError) -> Value {
        let flag = CancellationFlag()
        let result: Result<Value, PostgreSQLError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    self.cancellationDeadline = nil
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
                continuation.resume()
            }
        }
    }

    /// Whether the session can be handed out again: connected, in no transaction, no cancellation under way, and
    /// nothing unasked from the server, which is how a server announces that it ends a session.
    var isReusable: Bool {
        guard !isLost, !hasRequestedCancellation, let connection else { return false }
        guard PQstatus(connection) == CONNECTION_OK, PQtransactionStatus(connection) == PQTRANS_IDLE else {
            return false
        }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    func usableConnection(_ flag: CancellationFlag) throws(PostgreSQLError) -> OpaquePointer {
        guard !flag.isSet else { throw PostgreSQLError(.cancelled, "the statement was cancelled before it was sent") }
        guard !isLost, let connection else { throw PostgreSQLError(.connection, "the connection is closed") }
        return connection
    }

    /// Marks the connection as broken: nothing more can be asked of it.
    func lost(_ connection: OpaquePointer) -> PostgreSQLError {
        isLost = true
        return PostgreSQLError(.connection, Self.text(PQerrorMessage(connection)))
    }

    /// Waits until the socket is ready for one of `events` (of `poll`). A cancellation asks the server to end the
    /// statement, whose error is then read as usual; a server that does not answer that either loses the connection.
    func waitForServer(
        _ connection: OpaquePointer, events: Int32, _ flag: CancellationFlag
    ) throws(PostgreSQLError) {
        while true {
            if flag.isSet, cancellationDeadline == nil {
                requestCancellation(connection)
                cancellationDeadline = .now + Self.cancellationGrace
            }
            switch wait(connection, events: events, until: cancellationDeadline) {
            case .ready: return
            case .woken: continue
            case .deadline:
                isLost = true
                throw PostgreSQLError(.cancelled, "the statement was cancelled and the server did not answer")
            }
        }
    }

    enum Wake {
        case ready
        case woken
        case deadline
    }

    func wait(_ connection: OpaquePointer, events: Int32, until deadline: ContinuousClock.Instant?) -> Wake {
        var milliseconds: Int32 = -1
        if let deadline {
            let left = deadline - .now
            guard left > .zero else { return .deadline }
            milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
        }
        let sockets = [
            pollfd(fd: PQsocket(connection), events: Int16(truncatingIfNeeded: events), revents: 0),
            pollfd(fd: wakeEvent, events: Int16(POLLIN), revents: 0),
        ]
        let ready = withUnsafeTemporaryAllocation(of: pollfd.self, capacity: sockets.count) { descriptors in
            _ = descriptors.initialize(from: sockets)
            _ = poll(descriptors.baseAddress, nfds_t(descriptors.count), milliseconds)
            return descriptors.map { $0.revents != 0 }
        }
        if ready[1] { cpq_event_clear(wakeEvent) }
        return ready[0] ? .ready : .woken
    }

    /// The request goes over a second connection and blocks, so it runs on another thread; its key shares no state with
    /// this connection.
    private func requestCancellation(_ connection: OpaquePointer) {
        guard let key = PQgetCancel(connection) else { return }
        hasRequestedCancellation = true
        let address = UInt(bitPattern: key)
        let logger = logger
        DispatchQueue.global().async {
            let key = OpaquePointer(bitPattern: address)
            let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String? in
                guard PQcancel(key, buffer.baseAddress, Int32(buffer.count)) == 0 else { return nil }
                return Self.text(buffer.baseAddress)
            }
            PQfreeCancel(key)
            if let reason { logger.warning("a statement could not be cancelled", metadata: ["error": "\(reason)"]) }
        }
    }

    /// libpq's text without its final line break.
    static func text(_ message: UnsafePointer<CChar>?) -> String {
        guard let message else { return "" }
        let lines = String(cString: message).split(whereSeparator: \.isNewline)
        return lines.joined(separator: "; ")
    }
}
