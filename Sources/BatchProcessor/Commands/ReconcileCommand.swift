import AWS
import ArgumentParser
import JSON

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare the bucket with what is analysed, and send a message for each video that was missed.",
        discussion: """
            A video is missed when the bucket has it and no analysis of its present content has completed, runs, or \
            failed for good. Harmless when repeated, and safe on a schedule: while the queue holds as many messages as \
            videos want one, nothing is sent. Reports failed videos, analyses whose process is gone, analyses without \
            progress, and a queue that waits without a worker.

            Exit codes: 0 all is well or was mended, 1 something needs a person, 64 wrong usage, 69 bucket, queue or \
            service cannot be reached, 78 a setting is missing or wrong.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "Only objects whose key begins so.") var prefix = "videos/"
    @Option(name: .customLong("extension"), help: "Only objects whose key ends so, such as .mp4. May be repeated.")
    var extensions: [String] = []
    @Flag(help: "Send nothing.") var dryRun = false
    @Flag(help: "Send failed videos again too.") var failed = false
    @Flag(help: "Send although the queue may hold the messages already, or waits without a worker.")
    var sendAnyway = false
    @Option(help: "text for people, json for programs.") var format: Format = .text
    @Option(help: "Leave objects alone that were uploaded less than so many minutes ago.") var minAgeMinutes = 15
    @Option(help: "Report analyses without progress for so many minutes.") var stuckMinutes = 60
    @Option(help: "Give a queue without a worker so many seconds until it is reported.") var workerSeconds = 60

    func validate() throws {
        for (name, value) in [
            ("--min-age-minutes", minAgeMinutes), ("--stuck-minutes", stuckMinutes),
            ("--worker-seconds", workerSeconds),
        ] where !(0...1_000_000).contains(value) {
            throw ValidationError("\(name) is \(value): expected a number from 0 to 1000000")
        }
    }

    func run() async throws {
        try await Session.run { session throws in
            let configuration = try DrainConfiguration(environment: session.environment)
            let service = AnalysisClient(
                http: session.http, endpoint: ServiceEndpoint(configuration.endpoint),
                token: configuration.internalToken,
                patience: .init(outage: .seconds(configuration.servicePatienceSeconds)), logger: session.logger)
            let reconcile = Reconcile(
                s3: S3Client(session.aws), bucket: configuration.bucket,
                queue: SQSClient(session.aws, queueURL: configuration.queueURL), service: service, options: options,
                logger: session.logger)
            let report = try await reconcile.run()
            print(format == .json ? report.json.serialized(pretty: true) : report.text)
            return report.needsPerson ? .messagesRemain : .success
        }
    }

    private var options: Reconcile.Options {
        Reconcile.Options(
            prefix: prefix, extensions: extensions, minimumAgeSeconds: minAgeMinutes * 60,
            stuckSeconds: stuckMinutes * 60, workerPatienceSeconds: workerSeconds, resendsFailed: failed,
            sendsAnyway: sendAnyway, isDryRun: dryRun)
    }
}
