import AWS
import ArgumentParser
import Foundation
import LogOutput
import Logging

/// What every command needs before it can work: the environment, the log, and the way a wrong setting ends it.
struct Startup: Sendable {
    /// `EX_CONFIG` of sysexits.h.
    static let configurationExitCode = ExitCode(78)
    /// `EX_UNAVAILABLE`: a server that is needed does not answer.
    static let unavailableExitCode = ExitCode(69)

    let environment: [String: String]
    let logger: Logger

    /// Sets up the log from `LOG_LEVEL` and `LOG_FORMAT`.
    ///
    /// - Parameter defaultLevel: without `LOG_LEVEL`; a command for people says only what went wrong.
    /// - Throws: exit code 78 after a line on standard error.
    init(defaultLevel: Logger.Level = .info) throws {
        environment = ProcessInfo.processInfo.environment
        var settings = LogSettings()
        do {
            settings = try LogSettings(environment: environment)
        } catch {
            throw Self.exit(error)
        }
        if (environment["LOG_LEVEL"] ?? "").isEmpty { settings.level = defaultLevel }
        logger = Logger(label: "analysis-service") { [settings] label in settings.makeHandler(label: label) }
    }

    /// For libraries that tell of every step: only what may need a person.
    var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    /// This program, which runs again as the child of each analysis.
    var executablePath: String {
        Bundle.main.executablePath ?? CommandLine.arguments[0]
    }

    /// Reads settings; a wrong one ends the program with code 78.
    func configured<Value>(
        _ read: ([String: String]) throws(ConfigurationError) -> Value
    ) throws -> Value {
        do throws(ConfigurationError) {
            return try read(environment)
        } catch {
            throw Self.exit(error)
        }
    }

    func makeAWS() throws -> AWSClient {
        do throws(AWSError) {
            return try AWSClient.standard(environment: environment, logger: quietLogger)
        } catch {
            Self.say("the AWS settings cannot be used: \(error.message)")
            throw Self.configurationExitCode
        }
    }

    /// Writes one line for the person who started the command.
    static func say(_ text: String) {
        FileHandle.standardError.write(Data("analysis-service: \(text)\n".utf8))
    }

    private static func exit(_ error: ConfigurationError) -> ExitCode {
        say("\(error)")
        return configurationExitCode
    }
}
