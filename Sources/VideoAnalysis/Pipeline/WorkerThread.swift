import Foundation

/// A thread of its own for work that blocks, to be waited for with ``join()``.
final class WorkerThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    init(name: String, body: @escaping @Sendable () -> Void) {
        let thread = Thread { [finished] in
            body()
            finished.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Waits until the work is done; call once.
    func join() {
        finished.wait()
    }
}
