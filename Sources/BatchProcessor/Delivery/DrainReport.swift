/// What a run of drain did, and how it ends.
struct DrainReport: Sendable, Hashable {
    /// Receives, those of the same message counted each.
    var received = 0
    var deleted = 0
    /// Why the run ended before the queue was empty, when that was no success.
    var trouble: Trouble?

    struct Trouble: Sendable, Hashable {
        var reason: String
        var status: CommandStatus
    }

    var status: CommandStatus {
        if let trouble { return trouble.status }
        return deleted == received ? .success : .messagesRemain
    }
}
