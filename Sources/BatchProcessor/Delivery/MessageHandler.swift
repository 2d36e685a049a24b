import AWS
import AnalysisAPI
import JSON
import Logging

/// Brings one received message to its end: every record analysed and committed, then deleted, and otherwise left in
/// the queue in the way its failure asks for.
struct MessageHandler: Sendable {
    let queue: any MessageQueue
    let service: any VideoAnalysing
    /// The only bucket whose objects are analysed.
    let bucket: String
    let policy: DeliveryPolicy
    let progress: ProgressDisplay
    let logger: Logger
    let hopeless = HopelessMessages()

    /// - Note: Cancelling the task gives the message back at once; this is what a stopping process does.
    func handle(_ message: SQSMessage) async -> MessageOutcome {
        var logger = logger
        logger[metadataKey: "message.id"] = "\(message.messageID)"
        logger.info("Message received", metadata: ["message.receive_count": "\(message.receiveCount)"])

        if let reason = hopeless.reason(ofMessage: message.messageID) {
            return await keep(message, reason: reason, logger)
        }
        let items: [Envelope.Item]
        do {
            items = try Envelope(body: message.body).items
        } catch {
            return await keep(message, reason: "malformed message: \(error)", logger)
        }
        let work: @Sendable () async throws(AnalysisFailure) -> Void = { [logger] () async throws(AnalysisFailure) in
            try await self.work(through: items, logger)
        }
        switch await underHeartbeat(message, logger, work) {
        case .lost(let reason):
            logger.error("The message was lost while it was worked on", metadata: ["reason": "\(reason)"])
            return .lost(reason: reason)
        case .worked(nil): return await delete(message, logger)
        case .worked(let failure?): return await settle(message, failure, logger)
        }
    }

    // MARK: Work

    private enum Ending: Sendable {
        /// With what stopped the work, if anything.
        case worked(AnalysisFailure?)
        case lost(reason: String)
    }

    /// Runs work and heartbeat beside each other until one ends, then ends the other and awaits it: no beat may
    /// follow the call that decides the message's fate.
    private func underHeartbeat(
        _ message: SQSMessage, _ logger: Logger,
        _ work: @escaping @Sendable () async throws(AnalysisFailure) -> Void
    ) async -> Ending {
        let heartbeat = Heartbeat(queue: queue, receiptHandle: message.receiptHandle, policy: policy, logger: logger)
        return await withTaskGroup(of: Ending?.self) { group in
            group.addTask {
                do throws(AnalysisFailure) {
                    try await work()
                    return .worked(nil)
                } catch {
                    return .worked(error)
                }
            }
            group.addTask {
                switch await heartbeat.run() {
                case .stopped: nil
                case .lost(let reason): .lost(reason: reason)
                }
            }
            var ending: Ending?
            for await end in group {
                ending = ending ?? end
                if ending != nil { group.cancelAll() }
            }
            return ending ?? .worked(.cancelled)
        }
    }

    /// Works through every record, also after one that can never succeed: the others' rows need not wait for a
    /// person. Anything else ends the round, since it would meet the next record too.
    private func work(through items: [Envelope.Item], _ logger: Logger) async throws(AnalysisFailure) {
        var permanent: AnalysisFailure?
        for item in items {
            do throws(AnalysisFailure) {
                switch item {
                case .ignore(let reason): logger.info("Nothing to analyse", metadata: ["reason": "\(reason)"])
                case .analyze(let request): try await analyze(request, logger)
                case .remove(let request): try await remove(request, logger)
                }
            } catch {
                guard case .permanent(let reason) = error else { throw error }
                if items.count > 1 { logger.error("A record cannot be analysed", metadata: ["reason": "\(reason)"]) }
                permanent = permanent ?? error
            }
        }
        if let permanent { throw permanent }
    }

    private func check(bucket named: String) throws(AnalysisFailure) {
        guard named == bucket else {
            throw .permanent(
                reason: "\(ProblemCode.bucketNotAllowed.rawValue): the message names the bucket \(named), "
                    + "S3_BUCKET_RAW is \(bucket)")
        }
    }

    private func remove(_ request: RemovalRequest, _ logger: Logger) async throws(AnalysisFailure) {
        try check(bucket: request.bucket)
        let response = try await service.remove(request, logger: logger)
        var metadata: Logger.Metadata = [
            "s3.key": "\(request.key)", "removal.outcome": "\(response.outcome.rawValue)",
        ]
        if let id = response.videoID { metadata["video.id"] = "\(id)" }
        logger.info("Removal noted", metadata: metadata)
    }

    private func analyze(_ request: AnalyzeRequest, _ logger: Logger) async throws(AnalysisFailure) {
        try check(bucket: request.bucket)
        var logger = logger
        logger[metadataKey: "s3.key"] = "\(request.key)"
        let begin = ContinuousClock.now
        let line = progress.start(request.key)
        defer { progress.finish(line) }
        let progressLogger = logger
        let result = try await service.analyze(request, logger: logger) { status in
            progress.update(line, status)
            progressLogger.debug(
                "Analysis under way",
                metadata: ["analysis.status": "\(status.state.rawValue)", "analysis.progress": "\(status.progress)"])
        }
        switch result {
        case .superseded(let reason):
            logger.info("A newer version of the object is stored already", metadata: ["reason": "\(reason)"])
        case .completed(let analysis):
            var metadata: Logger.Metadata = [:]
            if let id = analysis.videoID { metadata["video.id"] = "\(id)" }
            if let id = analysis.analysisID { metadata["analysis.id"] = "\(id)" }
            if analysis.wasDoneBefore { return logger.info("Analysed already", metadata: metadata) }
            var saved = metadata
            if let counts = analysis.counts {
                for case (let table, .integer(let rows)) in counts.members { saved["rows.\(table)"] = "\(rows)" }
            }
            logger.info("Rows saved", metadata: saved)
            if let frames = analysis.framesAnalysed { metadata["analysis.frames"] = "\(frames)" }
            metadata["analysis.seconds"] = "\((ContinuousClock.now - begin).roundedSeconds)"
            logger.info("Analysis completed", metadata: metadata)
        }
    }

    // MARK: Fate

    private func settle(_ message: SQSMessage, _ failure: AnalysisFailure, _ logger: Logger) async -> MessageOutcome {
        switch failure {
        case .permanent(let reason): return await keep(message, reason: reason, logger)
        case .transient(let reason, let retryAfter):
            let seconds = await backOff(message, reason, retryAfterSeconds: retryAfter, logger)
            return .backedOff(reason: reason, seconds: seconds)
        case .unreachable(let reason):
            _ = await backOff(message, reason, logger)
            return .stopsTheRun(reason: reason, status: .unavailable)
        case .unauthorized(let reason):
            let reason = "INTERNAL_TOKEN is not the service's: \(reason)"
            _ = await backOff(message, reason, logger)
            return .stopsTheRun(reason: reason, status: .configuration)
        case .cancelled: return await release(message, logger)
        }
    }

    /// Gives back at once what this process will not finish, or not begin, since it stops.
    func release(_ message: SQSMessage, _ logger: Logger) async -> MessageOutcome {
        await changeVisibility(message, seconds: 0, logger)
        logger.notice("Message released since the job stops", metadata: ["message.id": "\(message.messageID)"])
        return .released
    }

    /// Leaves a message that can never succeed for the dead-letter queue.
    private func keep(_ message: SQSMessage, reason: String, _ logger: Logger) async -> MessageOutcome {
        // Before it can be received again, which may be at once.
        hopeless.add(message: message.messageID, reason: reason)
        let seconds = policy.pauseBeforeRedrive(receiveCount: message.receiveCount)
        logger.error(
            "Message cannot be handled and is left for the dead-letter queue",
            metadata: [
                "message.id": "\(message.messageID)", "message.receive_count": "\(message.receiveCount)",
                "reason": "\(reason)", "sqs.visibility_seconds": "\(seconds)",
            ])
        await changeVisibility(message, seconds: seconds, logger)
        return .keptForRedrive(reason: reason)
    }

    private func backOff(
        _ message: SQSMessage, _ reason: String, retryAfterSeconds: Int? = nil, _ logger: Logger
    ) async -> Int {
        let seconds = policy.backoff(receiveCount: message.receiveCount, retryAfterSeconds: retryAfterSeconds)
        logger.warning(
            "Message backs off",
            metadata: [
                "reason": "\(reason)", "message.receive_count": "\(message.receiveCount)",
                "sqs.visibility_seconds": "\(seconds)",
            ])
        await changeVisibility(message, seconds: seconds, logger)
        return seconds
    }

    private func changeVisibility(_ message: SQSMessage, seconds: Int, _ logger: Logger) async {
        do {
            try await settled(within: policy.settleSeconds) {
                try await queue.changeVisibility(receiptHandle: message.receiptHandle, seconds: seconds)
            }
        } catch {
            logger.warning(
                "The visibility timeout could not be changed; the message shows again when it runs out",
                metadata: ["message.id": "\(message.messageID)", "error": "\(error)"])
        }
    }

    private func delete(_ message: SQSMessage, _ logger: Logger) async -> MessageOutcome {
        let reason: String
        do {
            let handle = message.receiptHandle
            try await settled(within: 30) {
                if let failure = try await queue.deleteBatch(receiptHandles: [handle]).first {
                    throw DeleteFailure(failure)
                }
            }
            logger.info("Message deleted")
            return .deleted
        } catch {
            reason = "the message could not be deleted: \(error)"
        }
        logger.error(
            "The message was handled but not deleted; its repeat will be harmless", metadata: ["reason": "\(reason)"])
        return .lost(reason: reason)
    }
}

/// An entry of the delete call's `Failed` list.
private struct DeleteFailure: Error, CustomStringConvertible {
    let description: String

    init(_ failure: SQSBatchFailure) {
        description = "\(failure.code): \(failure.message)"
    }
}

extension Duration {
    /// In seconds, to a tenth.
    fileprivate var roundedSeconds: Double { ((self / .seconds(1)) * 10).rounded() / 10 }
}
