/// What became of a received message.
enum MessageOutcome: Sendable, Hashable {
    /// Handled whole and deleted.
    case deleted
    /// Can never succeed: left for the dead-letter queue.
    case keptForRedrive(reason: String)
    /// Hidden for a while, then received again.
    case backedOff(reason: String, seconds: Int)
    /// Given back at once since this process stops.
    case released
    /// Its receipt handle is no longer ours: someone else has it, or will.
    case lost(reason: String)
    /// Backed off for a reason that every further message would meet.
    case stopsTheRun(reason: String, status: CommandStatus)
}
