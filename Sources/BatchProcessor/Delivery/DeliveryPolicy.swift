/// The times by which messages are hidden, extended and given back.
struct DeliveryPolicy: Sendable, Hashable {
    /// How long a receive hides a message; the heartbeat extends it by as much, at half of it.
    var visibilityTimeoutSeconds: Int
    /// Receives until the queue's redrive policy moves a message to the dead-letter queue; nil without one.
    var maximumReceiveCount: Int?
    /// SQS hides a message for 12 hours after its receive and no longer; a minute of it is left for the last calls.
    var ceilingSeconds = 43_200 - 60
    /// First pause of a message that failed for now, doubled with each receive.
    var backoffSeconds = 30
    var maximumBackoffSeconds = 900
    /// Limit on giving a message back, so that the process ends before SIGKILL.
    var settleSeconds = 4.0

    /// A pause drawn from the upper half of a span that doubles with each receive.
    func backoff(receiveCount: Int, retryAfterSeconds: Int? = nil) -> Int {
        var span = backoffSeconds
        for _ in 1..<max(1, min(receiveCount, 16)) where span < maximumBackoffSeconds { span *= 2 }
        span = min(span, maximumBackoffSeconds)
        return max(Int.random(in: (span + 1) / 2...span), min(retryAfterSeconds ?? 0, maximumBackoffSeconds))
    }

    /// How long to hide a message that can never succeed.
    ///
    /// Not at all when the redrive policy takes it away after a few receives: this very run then receives it until
    /// it is in the dead-letter queue, where a person sees it. Without such a policy it would be received for ever.
    func pauseBeforeRedrive(receiveCount: Int) -> Int {
        if let maximumReceiveCount, maximumReceiveCount <= 10 { return 0 }
        return backoff(receiveCount: receiveCount)
    }
}
