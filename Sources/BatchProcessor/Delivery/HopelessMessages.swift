import Synchronization

/// The messages of this run that can never succeed, with the reason: received again on their way to the dead-letter
/// queue, they are put back without asking the service anew.
final class HopelessMessages: Sendable {
    private let reasons = Mutex<[String: String]>([:])

    func reason(ofMessage id: String) -> String? { reasons.withLock { $0[id] } }

    func add(message id: String, reason: String) { reasons.withLock { $0[id] = reason } }
}
