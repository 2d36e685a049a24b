import CProcess
import Glibc
import Synchronization

/// A program that runs once, in a process group of its own and within limits, and prints lines.
///
/// On Linux it is killed when this process dies, however that happens.
struct ChildProcess: Sendable {
    struct Limits: Sendable {
        /// Wall time, after which it is killed.
        var seconds = 1e9
        /// Address space; nil for no limit.
        var addressSpaceBytes: Int64?
        /// Size of any file that it writes; nil for no limit.
        var fileBytes: Int64?
        /// A longer line is `badOutput`.
        var lineBytes = 64 << 10
        /// More on standard output is `badOutput`.
        var outputBytes = 16 << 20
        /// How much of the end of standard error is kept.
        var errorBytes = 16 << 10
        /// How long it may take to end by itself when its task is cancelled.
        var graceSeconds = 2.0
    }

    /// Why it runs no more.
    enum Ending: Sendable, Hashable {
        case exited(Int32)
        /// By a signal that this process did not send.
        case killed(signal: Int32)
        case timedOut
        case cancelled
        /// It was killed for what it printed.
        case badOutput(String)
    }

    struct Outcome: Sendable {
        var ending: Ending
        /// The last lines of standard error.
        var errorText: String
        var peakResidentBytes: Int64
    }

    /// It could not be started.
    struct StartError: Error, CustomStringConvertible {
        var description: String
    }

    var executablePath: String
    /// Without the executable's own name.
    var arguments: [String]
    /// The whole environment: nothing is inherited.
    var environment: [String: String] = [:]
    var workingFolder: String?
    var limits = Limits()

    /// Runs it to its end. A cancelled task has it ended: SIGTERM first, SIGKILL after the grace time.
    ///
    /// - Parameter onLine: Gets each line of standard output without its newline, on the child's own thread; what it
    ///   throws ends the child as `badOutput`.
    func run(onLine: @escaping @Sendable ([UInt8]) throws -> Void) async throws(StartError) -> Outcome {
        let cancellation = Flag()
        do {
            return try await withTaskCancellationHandler {
                try await OwnThread.run { Result { try runToEnd(cancellation: cancellation, onLine: onLine) } }
            } onCancel: {
                cancellation.isSet.store(true, ordering: .relaxed)
            }
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError(description: "\(error)")
        }
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private func runToEnd(
        cancellation: Flag, onLine: ([UInt8]) throws -> Void
    ) throws(StartError) -> Outcome {
        var child = try RunningChild(self)
        var lines = LineReader(maximumLineBytes: limits.lineBytes, maximumBytes: limits.outputBytes)
        let clock = ContinuousClock()
        let start = clock.now
        var ending: Ending?
        var killAt: ContinuousClock.Instant?

        while true {
            // Asked before reading: what it printed before its end is in the pipe then.
            let hasEnded = child.hasEnded
            if hasEnded { child.send(SIGKILL) }
            let output = child.read(waitMilliseconds: hasEnded ? 0 : 50)
            if ending == nil {
                do {
                    try lines.append(output, onLine: onLine)
                } catch {
                    ending = .badOutput("\(error)")
                    child.send(SIGKILL)
                }
            }
            if hasEnded {
                if output.isEmpty { break }
                continue
            }
            if ending == nil, start.duration(to: clock.now) >= .seconds(limits.seconds) {
                ending = .timedOut
                child.send(SIGKILL)
            } else if ending == nil, cancellation.isSet.load(ordering: .relaxed) {
                ending = .cancelled
                child.send(SIGTERM)
                killAt = clock.now + .seconds(limits.graceSeconds)
            } else if let instant = killAt, clock.now >= instant {
                child.send(SIGKILL)
                killAt = nil
            }
        }
        return child.reap(ending: ending)
    }
}
