import Synchronization

/// Set once when the task that waits for an operation is cancelled; the connection's thread looks at it.
final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool {
        value.load(ordering: .acquiring)
    }

    func set() {
        value.store(true, ordering: .releasing)
    }
}
