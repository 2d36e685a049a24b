import AWS
import ArgumentParser
import FoundationEssentials
import HTTP
import LogOutput
import Logging
import ServiceLifecycle

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Handle messages until the queue is empty.",
        discussion: """
            A message is deleted after its video's rows are committed, and stays in the queue otherwise.

            Exit codes: 0 every message received was handled and deleted, 1 a message failed and stays in the queue, \
            64 wrong usage, 69 queue or service cannot be reached, 78 a setting is missing or wrong.
            """)

    @Flag(help: "Handle one message at most.")
    var once = false

    @Flag(
        inversion: .prefixedNo,
        help: "Show how far the analyses are. Without this option: when standard error is a terminal.")
    var progress: Bool?

    func run() async throws {
        try await Session.run(progress: progress) { session throws in
            let configuration = try DrainConfiguration(environment: session.environment)
            let queue = SQSClient(session.aws, queueURL: configuration.queueURL)
            let attributes = try await queue.attributes()
            let patience = AnalysisClient.Patience(outage: .seconds(configuration.servicePatienceSeconds))
            let service = AnalysisClient(
                http: session.http, endpoint: ServiceEndpoint(configuration.endpoint),
                token: configuration.internalToken, patience: patience, logger: session.logger)
            // A service that is down from the start must not cost the waiting messages a receive.
            if attributes.approximateMessages > 0 { try await service.awaitReadiness() }

            let policy = DeliveryPolicy(
                visibilityTimeoutSeconds: max(attributes.visibilityTimeoutSeconds, 2),
                maximumReceiveCount: attributes.maxReceiveCount)
            let handler = MessageHandler(
                queue: queue, service: service, bucket: configuration.bucket, policy: policy,
                progress: session.progress, logger: session.logger)
            let drain = Drain(
                queue: queue, handler: handler, maximumConcurrentMessages: configuration.maximumConcurrentMessages,
                receiveWaitSeconds: configuration.receiveWaitSeconds, graceSeconds: configuration.graceSeconds,
                once: once, logger: session.logger)
            return try await Self.underSignals(drain, session.logger)
        }
    }

    private static func underSignals(_ drain: Drain, _ logger: Logger) async throws -> CommandStatus {
        let service = DrainService(drain)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        let report = service.report ?? DrainReport()
        var metadata: Logger.Metadata = [
            "messages.received": "\(report.received)", "messages.deleted": "\(report.deleted)",
            "exit.code": "\(report.status.rawValue)",
        ]
        if let trouble = report.trouble { metadata["reason"] = "\(trouble.reason)" }
        logger.log(level: report.trouble == nil ? .info : .error, "Drain ended", metadata: metadata)
        return report.status
    }
}
