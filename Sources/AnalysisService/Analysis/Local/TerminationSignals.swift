import Glibc
import Synchronization

/// A signal handler captures nothing, not even its type.
private let lastSignal = Atomic<Int32>(0)

/// Ctrl-C and its like as a flag, so that an analysis ends by itself and removes what it has half written.
///
/// A second signal ends the process at once.
enum TerminationSignals {
    /// The signal that came, if one did.
    static var received: Int32? {
        let signal = lastSignal.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }

    static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) {
                lastSignal.store($0, ordering: .relaxed)
                signal($0, SIG_DFL)
            }
        }
        // A file that outgrows its limit is an error of its write, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
    }
}
