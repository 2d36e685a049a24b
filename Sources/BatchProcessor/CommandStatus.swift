import AWS
import ArgumentParser

/// How the commands end, after sysexits.h.
enum CommandStatus: Int32, Sendable {
    /// Every message received was handled and deleted; an empty queue included.
    case success = 0
    /// At least one message failed or was given back, and stays in the queue; or reconcile found what needs a person.
    case messagesRemain = 1
    /// Queue or service cannot be reached.
    case unavailable = 69
    /// A setting is missing or wrong.
    case configuration = 78

    /// What a call to the queue that failed for good says about the run.
    init(_ error: AWSError) {
        self =
            switch error.kind {
            case .credentials, .configuration, .accessDenied, .notFound, .client: .configuration
            case .throttled, .preconditionFailed, .connection, .timedOut, .server, .tooLarge, .invalidResponse, .file,
                .cancelled:
                .unavailable
            }
    }

    var exitCode: ExitCode { ExitCode(rawValue) }
}
