import ServiceLifecycle
import Synchronization

/// Runs a drain under a service group, which owns the signals, and keeps its report.
final class DrainService: Service {
    private let drain: Drain
    private let result = Mutex<DrainReport?>(nil)

    init(_ drain: Drain) {
        self.drain = drain
    }

    /// Nil until the run has ended.
    var report: DrainReport? { result.withLock { $0 } }

    func run() async {
        let report = await drain.run()
        result.withLock { $0 = report }
    }
}
