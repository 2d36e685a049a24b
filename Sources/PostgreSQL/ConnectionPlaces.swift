import Synchronization

/// A pool's places: how many are free, who waits for one, and the idle connections.
///
/// A place that comes free goes to the caller that has waited longest.
final class ConnectionPlaces: Sendable {
    private typealias Waiter = CheckedContinuation<PostgreSQLError?, Never>

    private struct State {
        var free: Int
        var idle: [Session] = []
        var waiters: [(id: UInt64, continuation: Waiter)] = []
        var nextID: UInt64 = 0
        var isClosed = false
    }

    private let state: Mutex<State>

    init(size: Int) {
        state = Mutex(State(free: size))
    }

    private static let closedError = PostgreSQLError(.connection, "the connection pool is closed")
    private static let cancelledError = PostgreSQLError(.cancelled, "waiting for a database connection was cancelled")

    /// Waits for a place.
    func take() async throws(PostgreSQLError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let error = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let answer: PostgreSQLError?? = state.withLock { state in
                    if state.isClosed { return Self.closedError }
                    if Task.isCancelled { return Self.cancelledError }
                    if state.free > 0 {
                        state.free -= 1
                        return .some(nil)
                    }
                    state.waiters.append((id, waiter))
                    return nil
                }
                if let answer { waiter.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index).continuation
            }
            waiter?.resume(returning: Self.cancelledError)
        }
        if let error { throw error }
    }

    func takeIdle() -> Session? {
        state.withLock { $0.idle.popLast() }
    }

    /// Frees a place and keeps its connection for the next caller; false when the pool was closed meanwhile.
    func putIdle(_ session: Session) -> Bool {
        let isKept = state.withLock { state in
            guard !state.isClosed else { return false }
            state.idle.append(session)
            return true
        }
        if isKept { free() }
        return isKept
    }

    func free() {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst().continuation
        }
        waiter?.resume(returning: nil)
    }

    /// Refuses all later callers and those that wait, and hands over the idle connections.
    func close() -> [Session] {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters {
            waiter.continuation.resume(returning: Self.closedError)
        }
        return idle
    }
}
