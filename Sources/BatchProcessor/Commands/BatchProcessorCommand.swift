import ArgumentParser

@main
struct BatchProcessorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch-processor",
        abstract: "Has every uploaded video of the work queue analysed.",
        discussion: """
            Settings come from the environment: SQS_QUEUE_URL, S3_BUCKET_RAW, FASTAPI_ENDPOINT, the AWS_* variables as \
            the AWS SDKs read them, and INTERNAL_TOKEN when the service asks for one.
            """,
        subcommands: [DrainCommand.self, TriggerCommand.self, ReconcileCommand.self, DeadLetterCommand.self],
        defaultSubcommand: DrainCommand.self)
}
