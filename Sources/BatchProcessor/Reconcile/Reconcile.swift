import AWS
import AnalysisAPI
import FoundationEssentials
import JSON
import Logging

/// Compares what the bucket has with what is analysed, and sends a message for each video that nobody will analyse
/// otherwise.
///
/// Harmless when repeated: the service analyses an object once, whatever the number of messages, and nothing is sent
/// while the queue holds as many messages as objects want one.
struct Reconcile: Sendable {
    struct Options: Sendable, Hashable {
        /// Only keys that begin so.
        var prefix: String
        /// Only keys that end with one of these; empty for all.
        var extensions: [String]
        /// Objects that are younger may have their message in the queue still.
        var minimumAgeSeconds: Int
        /// A live analysis without progress for so long is reported.
        var stuckSeconds: Int
        /// How long a queue with messages may be without a worker before that is reported.
        var workerPatienceSeconds: Int
        /// Whether failed videos get a message too.
        var resendsFailed: Bool
        /// Whether messages are sent although the queue may hold them already, or waits without a worker.
        var sendsAnyway: Bool
        /// Sends nothing.
        var isDryRun: Bool
    }

    let s3: S3Client
    let bucket: String
    let queue: SQSClient
    let service: AnalysisClient
    let options: Options
    let logger: Logger

    /// An analysis that was begun so often is left to people: the queue itself gives up after as many receives.
    private let attemptsBeforeGivingUp = 3

    func run() async throws -> ReconcileReport {
        var report = ReconcileReport(isDryRun: options.isDryRun)
        let attributes = try await queue.attributes()
        let lacksWorker = try await lacksWorker(attributes)
        let backlog = attributes.approximateMessagesInAll
        // While the queue may hold their messages. Never more than the queue does, then something was missed.
        var waiting: [InventoryResponse.Entry] = []
        var somethingWasMissed = options.sendsAnyway
        var token: String?
        repeat {
            let page = try await s3.list(bucket: bucket, prefix: options.prefix, continuationToken: token)
            waiting += try await compare(
                page.entries.filter(isVideo), limit: attributes.maxReceiveCount, &report)
            // Objects under way, and those just uploaded, have messages too.
            somethingWasMissed =
                somethingWasMissed || waiting.count > backlog - report.processing - report.young
            if somethingWasMissed {
                try await send(waiting, lacksWorker: lacksWorker, &report)
                waiting = []
            }
            token = page.continuationToken
        } while token != nil
        for object in waiting { report.add(.waiting, object) }
        try await lookForStuckRuns(&report)
        report.queue = ReconcileReport.Queue(try await queue.attributes(), lacksWorker: lacksWorker)
        return report
    }

    private func isVideo(_ entry: S3ListPage.Entry) -> Bool {
        !entry.key.hasSuffix("/")
            && (options.extensions.isEmpty || options.extensions.contains { entry.key.hasSuffix($0) })
    }

    // MARK: Objects

    /// - Returns: the objects that want a message.
    private func compare(
        _ entries: [S3ListPage.Entry], limit: Int?, _ report: inout ReconcileReport
    ) async throws -> [InventoryResponse.Entry] {
        guard !entries.isEmpty else { return [] }
        report.listed += entries.count
        let answer = try await service.inventory(
            InventoryRequest(
                bucket: bucket, objects: entries.map { .init(key: $0.key, etag: $0.etag, size: $0.size) }))
        var wanting: [InventoryResponse.Entry] = []
        for (object, entry) in zip(answer.entries, entries) {
            switch object.state {
            case .completed: report.completed += 1
            case .processing: report.processing += 1
            case .refused: report.add(.refused, object)
            case .failed where isGivenUp(object, limit) && !options.resendsFailed: report.add(.failed, object)
            case .failed, .missing, .pending, .expired:
                if isYoung(entry) { report.young += 1 } else { wanting.append(object) }
            }
        }
        return wanting
    }

    private func send(
        _ objects: [InventoryResponse.Entry], lacksWorker: Bool, _ report: inout ReconcileReport
    ) async throws {
        let kind: ReconcileReport.Kind
        if options.isDryRun {
            kind = .toSend
        } else if lacksWorker && !options.sendsAnyway {
            // More messages would only make the queue longer.
            kind = .unsent
        } else {
            kind = .sent
            try await send(objects.map(\.key))
        }
        for object in objects { report.add(kind, object) }
    }

    private func isGivenUp(_ object: InventoryResponse.Entry, _ limit: Int?) -> Bool {
        object.problem?.code.isPermanent == true || (object.attempt ?? 0) >= limit ?? attemptsBeforeGivingUp
    }

    private func isYoung(_ entry: S3ListPage.Entry) -> Bool {
        guard let modified = entry.lastModified else { return false }
        return modified.timeIntervalSinceNow > -Double(options.minimumAgeSeconds)
    }

    private func send(_ keys: [String]) async throws {
        for begin in stride(from: 0, to: keys.count, by: SQSClient.maximumBatch) {
            let bodies = keys[begin..<min(begin + SQSClient.maximumBatch, keys.count)].map { key in
                let task: JSON = [
                    "task_type": "ingestion", "payload": ["bucket": .string(bucket), "key": .string(key)],
                ]
                return task.serialized()
            }
            try await queue.send(bodies: bodies)
        }
        for key in keys { logger.info("Message sent", metadata: ["s3.key": "\(key)"]) }
    }

    // MARK: Runs and queue

    private func lookForStuckRuns(_ report: inout ReconcileReport) async throws {
        var cursor: String?
        repeat {
            let (page, next) = try await service.processing(after: cursor)
            for analysis in page {
                guard let lease = analysis.lease else { continue }
                if lease.isExpired {
                    report.add(expired: analysis)
                } else if stillness(analysis, lease) > Double(options.stuckSeconds) {
                    report.add(stuck: analysis)
                }
            }
            cursor = next
        } while cursor != nil
    }

    /// Seconds without progress up to the last sign of life, both by the database's clock.
    private func stillness(_ analysis: AnalysisStatus, _ lease: AnalysisStatus.Lease) -> Double {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        do {
            return try style.parse(analysis.updatedAt).timeIntervalSince(try style.parse(lease.progressedAt))
        } catch {
            logger.warning(
                "A time cannot be read", metadata: ["analysis.id": "\(analysis.analysisID)", "error": "\(error)"])
            return 0
        }
    }

    /// Whether messages wait and none is in work, for as long as one is patient.
    private func lacksWorker(_ first: QueueAttributes) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(options.workerPatienceSeconds)
        var attributes = first
        while attributes.approximateMessages > 0, attributes.approximateMessagesNotVisible == 0 {
            guard ContinuousClock.now < deadline else { return true }
            try await Task.sleep(for: .seconds(1))
            attributes = try await queue.attributes()
        }
        return false
    }
}
