/// An operation that must be carried through did not end in time.
struct SettleTimeout: Error, CustomStringConvertible {
    let seconds: Double
    var description: String { "no answer within \(seconds) s" }
}

/// Carries an operation through although the calling task is cancelled, for at most `seconds`.
///
/// For the calls that decide a message's fate: once the work has ended, its message is deleted or given back whatever
/// ended it. The task inside is no stray one, it is awaited here.
func settled(within seconds: Double, _ operation: @escaping @Sendable () async throws -> Void) async throws {
    try await Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw SettleTimeout(seconds: seconds)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }.value
}
