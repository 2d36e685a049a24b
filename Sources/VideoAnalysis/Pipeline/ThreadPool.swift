import Foundation
import Synchronization

/// Threads that share out lists of independent jobs. The calling thread works too.
final class ThreadPool {
    private let work = BoundedQueue<@Sendable () -> Void>(capacity: 64)
    private let threads: [WorkerThread]

    /// - Parameter count: Of threads, the calling one included.
    init(count: Int) {
        threads = (1..<max(count, 1)).map { [work] number in
            WorkerThread(name: "pool \(number)") {
                while case .element(let share) = work.pop() { share() }
            }
        }
    }

    deinit {
        work.cancel()
        for thread in threads { thread.join() }
    }

    /// The results of `job` for 0 to `count` - 1, in this order whichever thread made them. Jobs begin in order: put
    /// the long ones first.
    func map<Value: Sendable>(_ count: Int, _ job: @escaping @Sendable (Int) -> Value) -> [Value] {
        guard count > 0 else { return [] }
        let batch = Batch<Value>(count: count)
        for _ in threads.prefix(count - 1) { _ = work.push { batch.work(job) } }
        batch.work(job)
        return batch.results()
    }

    private final class Batch<Value: Sendable>: Sendable {
        private let count: Int
        private let next = Atomic(0)
        private let values = Mutex<[Int: Value]>([:])
        private let isDone = DispatchSemaphore(value: 0)

        init(count: Int) {
            self.count = count
        }

        func work(_ job: (Int) -> Value) {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let value = job(index)
                let made = values.withLock { values in
                    values[index] = value
                    return values.count
                }
                if made == count { isDone.signal() }
            }
        }

        /// Waits for all; call once.
        func results() -> [Value] {
            isDone.wait()
            return values.withLock { values in (0..<count).compactMap { values[$0] } }
        }
    }
}
