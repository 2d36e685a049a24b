import AWS
import ArgumentParser
import FoundationEssentials
import HTTP
import LogOutput
import Logging

/// What every command runs with: environment, log, progress display and HTTP client.
struct Session: Sendable {
    let environment: [String: String]
    let logger: Logger
    let progress: ProgressDisplay
    let http: HTTPClient
    let aws: AWSClient

    /// Runs a command and ends the process by the status it returns or its error means; every connection is closed
    /// before.
    /// - Parameter progress: nil to decide by whether standard error is a terminal.
    static func run(
        progress: Bool? = false, _ body: @Sendable (Session) async throws -> CommandStatus
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = LogSettings.standardErrorIsTerminal
        let display = ProgressDisplay(style: progress ?? isTerminal ? (isTerminal ? .inPlace : .lines) : .hidden)
        var logger = Logger(label: "batch-processor")
        var status: CommandStatus
        do {
            let settings = try LogSettings(environment: environment)
            logger = Logger(label: "batch-processor") { label in
                settings.makeHandler(label: label, output: display.writeAbove)
            }
            let aws = try AWSClient.standard(environment: environment, logger: logger)
            let http = HTTPClient()
            do {
                status = try await body(
                    Session(environment: environment, logger: logger, progress: display, http: http, aws: aws))
            } catch {
                status = Self.status(of: error, logger)
            }
            await http.shutdown()
            await aws.shutdown()
        } catch {
            status = Self.status(of: error, logger)
        }
        if status != .success { throw status.exitCode }
    }

    /// Where errors of all kinds become exit codes.
    private static func status(of error: any Error, _ logger: Logger) -> CommandStatus {
        let status: CommandStatus =
            switch error {
            case is ConfigurationError, is NoDeadLetterQueue: .configuration
            case let error as AWSError: CommandStatus(error)
            case AnalysisFailure.unauthorized: .configuration
            case is AnalysisFailure: .unavailable
            case is MessageNotFound, is ReplayFailure, is DiscardFailure, is NotConfirmed: .messagesRemain
            default: .unavailable
            }
        logger.critical("batch-processor ends", metadata: ["error": "\(error)", "exit.code": "\(status.rawValue)"])
        return status
    }
}
