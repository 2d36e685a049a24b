import AWS
import ArgumentParser
import HTTP
import JSON
import Logging

struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Submit as many drain jobs as the waiting messages are worth.",
        discussion: """
            In AWS Lambda it serves one invocation after the other. By hand it looks once, and prints what it found and \
            did.

            Settings: SQS_QUEUE_URL, BATCH_JOB_QUEUE, BATCH_JOB_DEFINITION, MESSAGES_PER_JOB (20), MAX_JOBS (4).
            """)

    func run() async throws {
        try await Session.run { session throws in
            guard let address = session.environment["AWS_LAMBDA_RUNTIME_API"], !address.isEmpty else {
                print(try await Self.trigger(session).decide(event: .null).json.serialized())
                return .success
            }
            let runtime = LambdaRuntime(address: address, http: session.http, logger: session.logger)
            do {
                let trigger = try Self.trigger(session)
                try await runtime.run { event throws in try await trigger.decide(event: event).json }
            } catch let error as ConfigurationError {
                try await runtime.reportInitialization(error)
                throw error
            }
            return .success
        }
    }

    private static func trigger(_ session: Session) throws(ConfigurationError) -> Trigger {
        let configuration = try TriggerConfiguration(environment: session.environment)
        return Trigger(
            queue: SQSClient(session.aws, queueURL: configuration.queueURL), batch: BatchClient(session.aws),
            configuration: configuration, logger: session.logger)
    }
}
