import CCurl
import Glibc
import Synchronization

/// The transfer threads that are not joined yet.
///
/// A process that runs its exit handlers while a thread is inside libcurl or OpenSSL can crash: OpenSSL frees its
/// tables in one of them. Handlers run in reverse order of registration, so the one here is registered after
/// `curl_global_init` (which registers OpenSSL's) and stops and joins every thread before.
enum TransferThreadRegistry {
    private static let threads = Mutex<[ObjectIdentifier: TransferThread]>([:])

    private static let isPrepared: Bool = {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return false }
        return atexit { TransferThreadRegistry.stopAll() } == 0
    }()

    /// Initialises libcurl once a process. False when it cannot be used.
    static func prepareLibrary() -> Bool { isPrepared }

    static func add(_ thread: TransferThread) {
        threads.withLock { $0[ObjectIdentifier(thread)] = thread }
    }

    static func remove(_ thread: TransferThread) {
        threads.withLock { $0[ObjectIdentifier(thread)] = nil }
    }

    private static func stopAll() {
        let live = threads.withLock { Array($0.values) }
        for thread in live { thread.stop() }
        for thread in live { thread.join() }
    }
}
