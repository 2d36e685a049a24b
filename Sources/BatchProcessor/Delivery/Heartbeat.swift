import AWS
import Logging

/// Keeps a message hidden while it is worked on, by extending its visibility timeout at half time.
struct Heartbeat: Sendable {
    enum End: Sendable, Hashable {
        /// The task was cancelled: the work is done.
        case stopped
        /// The message is visible again, or received by someone else.
        case lost(reason: String)
    }

    let queue: any MessageQueue
    let receiptHandle: String
    let policy: DeliveryPolicy
    let logger: Logger

    /// Beats from now, the moment of the receive, until the task is cancelled or the message is lost.
    ///
    /// A beat on its way is awaited, not cancelled: reaching SQS after the message was given back, it would hide it
    /// again.
    func run() async -> End {
        let clock = ContinuousClock()
        let received = clock.now
        var hiddenUntil = received + .seconds(policy.visibilityTimeoutSeconds)
        var pause = Duration.seconds(policy.visibilityTimeoutSeconds) / 2
        while true {
            do { try await clock.sleep(for: pause) } catch { return .stopped }
            let begin = clock.now
            let left = Int((received + .seconds(policy.ceilingSeconds) - begin).components.seconds)
            guard left > 0 else { return .lost(reason: "hidden for 12 hours, the limit of SQS") }
            let seconds = min(policy.visibilityTimeoutSeconds, left)
            do {
                try await settled(within: 30) {
                    try await queue.changeVisibility(receiptHandle: receiptHandle, seconds: seconds)
                }
                logger.debug("Visibility timeout extended", metadata: ["sqs.visibility_seconds": "\(seconds)"])
                hiddenUntil = begin + .seconds(seconds)
                pause = .seconds(seconds) / 2
            } catch {
                let isFinal = (error as? AWSError).map { !$0.isRetryable && $0.kind != .cancelled } ?? false
                guard !isFinal, clock.now < hiddenUntil else { return .lost(reason: "\(error)") }
                logger.warning(
                    "The visibility timeout could not be extended; tried again", metadata: ["error": "\(error)"])
                pause = min(.seconds(5), max(.milliseconds(200), (hiddenUntil - clock.now) / 4))
            }
        }
    }
}
