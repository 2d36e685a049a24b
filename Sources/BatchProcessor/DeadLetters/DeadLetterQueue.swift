import AWS
import FoundationEssentials
import Logging

/// The dead-letter queue of the work queue: what no drain could handle, until a person decides.
struct DeadLetterQueue: Sendable {
    let mainQueue: SQSClient
    let queue: SQSClient
    let logger: Logger

    /// How long a message is hidden while it is looked at or moved, should this process die meanwhile.
    private static let hiddenSeconds = 30

    init(mainQueue: SQSClient, queue: SQSClient, logger: Logger) {
        self.mainQueue = mainQueue
        self.queue = queue
        self.logger = logger
    }

    /// Finds the queue by the redrive policy of the main one.
    init(of mainQueue: SQSClient, _ aws: AWSClient, logger: Logger) async throws {
        guard let arn = try await mainQueue.attributes().deadLetterTargetARN, let name = arn.split(separator: ":").last
        else { throw NoDeadLetterQueue(queueURL: mainQueue.queueURL) }
        let queue = SQSClient(aws, queueURL: try await mainQueue.queueURL(name: String(name)))
        self.init(mainQueue: mainQueue, queue: queue, logger: logger)
    }

    /// The messages, oldest first, and a sentence on hidden ones. They are shown to others again before this returns.
    func messages(limit: Int) async throws -> (messages: [SQSMessage], note: String?) {
        let hiddenBefore = try await hiddenCount()
        var messages: [SQSMessage] = []
        try await visit { message in
            messages.append(message)
            return messages.count < limit ? .next : .stop
        }
        let sorted = messages.sorted { $0.sentTimestamp < $1.sentTimestamp }
        return (sorted, try await noteOnHidden(hiddenBefore))
    }

    func message(id: String) async throws -> SQSMessage {
        let hiddenBefore = try await hiddenCount()
        var found: SQSMessage?
        try await visit { message in
            guard message.messageID == id else { return .next }
            found = message
            return .stop
        }
        guard let found else { throw MessageNotFound(id: id, note: try await noteOnHidden(hiddenBefore)) }
        return found
    }

    /// Moves messages back to the main queue: sent there first, then deleted here. Interrupted in between, the
    /// message is in both, which is harmless; it is never in neither.
    /// - Parameter id: nil for all that were there when the move began.
    /// - Returns: how many were moved, and a sentence on hidden ones.
    func replay(id: String?) async throws -> (moved: Int, note: String?) {
        let hiddenBefore = try await hiddenCount()
        var moved = 0
        try await visit { message in
            guard id == nil || message.messageID == id else { return .next }
            let newID = try await mainQueue.send(body: message.body)
            if let failure = try await queue.deleteBatch(receiptHandles: [message.receiptHandle]).first {
                throw ReplayFailure(messageID: message.messageID, reason: "\(failure.code) \(failure.message)")
            }
            moved += 1
            logger.info(
                "Message sent to the main queue again",
                metadata: ["message.id": "\(message.messageID)", "message.new_id": "\(newID)"])
            return id == nil ? .taken : .takenLast
        }
        let note = try await noteOnHidden(hiddenBefore)
        if let id, moved == 0 { throw MessageNotFound(id: id, note: note) }
        return (moved, note)
    }

    /// Deletes messages for good.
    /// - Parameter ids: of messages that a person has seen; what came since stays.
    /// - Returns: how many were deleted.
    func discard(ids: Set<String>) async throws -> Int {
        var left = ids
        try await visit { message in
            guard left.contains(message.messageID) else { return .next }
            if let failure = try await queue.deleteBatch(receiptHandles: [message.receiptHandle]).first {
                throw DiscardFailure(messageID: message.messageID, reason: "\(failure.code) \(failure.message)")
            }
            left.remove(message.messageID)
            logger.info(
                "Message discarded",
                metadata: ["message.id": "\(message.messageID)", "message.body": "\(message.body)"])
            return left.isEmpty ? .takenLast : .taken
        }
        return ids.count - left.count
    }

    private func hiddenCount() async throws -> Int { try await queue.attributes().approximateMessagesNotVisible }

    /// A sentence on the messages that another reader holds, or a command that was interrupted: they come back by
    /// themselves. Nil when there are none.
    /// - Parameter before: how many there were before this command received any: SQS's count lags behind, and may have
    ///   those of this command still.
    private func noteOnHidden(_ before: Int) async throws -> String? {
        let count = min(before, try await hiddenCount())
        guard count > 0 else { return nil }
        return "\(count == 1 ? "1 message is" : "\(count) messages are") hidden by another reader or by a command that "
            + "was interrupted; after \(Self.hiddenSeconds) s, ask again."
    }

    private enum Step {
        case next
        case stop
        /// The message is gone from the queue.
        case taken
        case takenLast

        var isLast: Bool { self == .stop || self == .takenLast }
        var isTaken: Bool { self == .taken || self == .takenLast }
    }

    /// Calls `body` once with each message, and shows those that were not taken again at the end, whatever happens.
    ///
    /// Ends when a short poll brings nothing new twice: a message seen before may come again in between.
    private func visit(_ body: (SQSMessage) async throws -> Step) async throws {
        var latestHandles: [String: String] = [:]
        var quietRounds = 0
        do {
            rounds: while quietRounds < 2 {
                let page = try await queue.receive(
                    maximum: 10, waitSeconds: 1, visibilityTimeoutSeconds: Self.hiddenSeconds)
                let fresh = page.filter { latestHandles[$0.messageID] == nil }
                for message in page { latestHandles[message.messageID] = message.receiptHandle }
                quietRounds = fresh.isEmpty ? quietRounds + 1 : 0
                for message in fresh {
                    let step = try await body(message)
                    if step.isTaken { latestHandles[message.messageID] = nil }
                    if step.isLast { break rounds }
                }
            }
        } catch {
            await show(latestHandles.values)
            throw error
        }
        await show(latestHandles.values)
    }

    private func show(_ receiptHandles: some Collection<String>) async {
        let handles = Array(receiptHandles)
        for begin in stride(from: 0, to: handles.count, by: SQSClient.maximumBatch) {
            let batch = Array(handles[begin..<min(begin + SQSClient.maximumBatch, handles.count)])
            do {
                try await settled(within: 10) {
                    let failures = try await queue.changeVisibilityBatch(receiptHandles: batch, seconds: 0)
                    if let failure = failures.first { throw ShowFailure(count: failures.count, first: failure) }
                }
            } catch {
                logger.warning(
                    "Messages stay hidden for \(Self.hiddenSeconds) s", metadata: ["error": "\(error)"])
            }
        }
    }
}

private struct ShowFailure: Error, CustomStringConvertible {
    let count: Int
    let first: SQSBatchFailure
    var description: String { "\(count) messages could not be shown again: \(first.code) \(first.message)" }
}

struct NoDeadLetterQueue: Error, CustomStringConvertible {
    let queueURL: String
    var description: String { "the queue \(queueURL) has no redrive policy, so it has no dead-letter queue" }
}

struct MessageNotFound: Error, CustomStringConvertible {
    let id: String
    /// On hidden messages.
    let note: String?
    var description: String {
        "the dead-letter queue has no message \(id); \(note ?? "dlq list shows which it has")"
    }
}

struct DiscardFailure: Error, CustomStringConvertible {
    let messageID: String
    let reason: String
    var description: String { "message \(messageID) could not be deleted from the dead-letter queue: \(reason)" }
}

struct ReplayFailure: Error, CustomStringConvertible {
    let messageID: String
    let reason: String
    var description: String {
        "message \(messageID) was sent to the main queue but could not be deleted from the dead-letter queue: \(reason)"
    }
}
