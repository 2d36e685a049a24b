import AWS
import Logging
import ServiceLifecycle
import Synchronization

/// Receives and handles messages until the queue is empty: a long poll brings nothing and nothing is in flight.
struct Drain: Sendable {
    let queue: any MessageQueue
    let handler: MessageHandler
    let maximumConcurrentMessages: Int
    let receiveWaitSeconds: Int
    let graceSeconds: Int
    /// Ends after one message.
    let once: Bool
    let logger: Logger

    /// Ends early, after what is in flight, when queue or service fail in a way that the next message would meet too.
    ///
    /// On graceful shutdown nothing more is received; what is in flight has the grace time, then is given back.
    func run() async -> DrainReport {
        let poll = Poll()
        return await withTaskGroup(of: DrainReport?.self) { group in
            group.addTask { await loop(poll) }
            group.addTask {
                do {
                    try await gracefulShutdown()
                    logger.notice("Stopping: no more messages are received")
                    let end = ContinuousClock.now + .seconds(receiveWaitSeconds) + Poll.delay
                    try await Task.sleep(for: .seconds(graceSeconds))
                    logger.notice("The grace time is over")
                    try await poll.ended(before: end)
                } catch is CancellationError {
                    logger.trace("The drain ended by itself")
                } catch {
                    logger.error("The shutdown cannot be awaited", metadata: ["error": "\(error)"])
                }
                return nil
            }
            var report: DrainReport?
            for await end in group {
                report = report ?? end
                // Either the loop is done, or its time is over.
                group.cancelAll()
            }
            return report ?? DrainReport()
        }
    }

    /// Whether a long poll is under way. What is given back meanwhile could be handed to it, and if it is then cut off,
    /// the message stays hidden with nobody working on it.
    private final class Poll: Sendable {
        /// How much later than its waiting time a long poll may answer.
        static let delay = Duration.seconds(4)

        private let isUnderWay = Atomic(false)

        func isUnderWay(_ value: Bool) { isUnderWay.store(value, ordering: .relaxed) }

        func ended(before deadline: ContinuousClock.Instant) async throws {
            while isUnderWay.load(ordering: .relaxed), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private enum Event: Sendable {
        case received(Result<[SQSMessage], AWSError>)
        case handled(MessageOutcome)
    }

    private func loop(_ poll: Poll) async -> DrainReport {
        var report = DrainReport()
        var isReceiving = false
        var inFlight = 0
        var mayReceive = true
        await withTaskGroup(of: Event.self) { group in
            while true {
                if Task.isShuttingDownGracefully || Task.isCancelled { mayReceive = false }
                let free = once ? 1 : maximumConcurrentMessages - inFlight
                if mayReceive, !isReceiving, free > 0 {
                    isReceiving = true
                    poll.isUnderWay(true)
                    mayReceive = !once
                    group.addTask { .received(await receive(maximum: min(free, 10))) }
                }
                guard let event = await group.next() else { break }
                if case .received = event {
                    isReceiving = false
                    poll.isUnderWay(false)
                }
                switch event {
                case .received(.success(let messages)):
                    report.received += messages.count
                    if messages.isEmpty, inFlight == 0 { mayReceive = false }
                    for message in messages {
                        inFlight += 1
                        group.addTask { .handled(await handle(message)) }
                    }
                case .received(.failure(let error)):
                    mayReceive = false
                    guard error.kind != .cancelled else { continue }
                    logger.error("The queue cannot be received from", metadata: ["error": "\(error)"])
                    report.trouble = report.trouble ?? .init(reason: "\(error)", status: CommandStatus(error))
                case .handled(let outcome):
                    inFlight -= 1
                    switch outcome {
                    case .deleted: report.deleted += 1
                    case .keptForRedrive, .backedOff, .released, .lost: break
                    case .stopsTheRun(let reason, let status):
                        mayReceive = false
                        report.trouble = report.trouble ?? .init(reason: reason, status: status)
                    }
                }
            }
        }
        return report
    }

    private func receive(maximum: Int) async -> Result<[SQSMessage], AWSError> {
        do throws(AWSError) {
            return .success(
                try await queue.receive(
                    maximum: maximum, waitSeconds: receiveWaitSeconds,
                    visibilityTimeoutSeconds: handler.policy.visibilityTimeoutSeconds))
        } catch {
            return .failure(error)
        }
    }

    private func handle(_ message: SQSMessage) async -> MessageOutcome {
        if Task.isShuttingDownGracefully || Task.isCancelled { return await handler.release(message, logger) }
        return await handler.handle(message)
    }
}
