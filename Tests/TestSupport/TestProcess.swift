import Foundation
import Synchronization

/// A real process of its own: its output goes to files, so that nothing is blocked by reading it, and it is ended by
/// its id at the latest when the scope that started it ends.
package final class TestProcess: Sendable {
    package enum Ending: Sendable, Hashable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// How a process ended and all that it wrote.
    package struct Completion: Sendable {
        package let ending: Ending
        package let standardOutput: String
        package let standardError: String
    }

    package let processID: pid_t
    private let command: String
    private let folder: URL
    private let ending = Mutex<Ending?>(nil)

    private init(processID: pid_t, command: String, folder: URL) {
        self.processID = processID
        self.command = command
        self.folder = folder
    }

    /// Runs the process for the length of the closure, then kills it and whatever is left of its process group.
    package static func with<Result>(
        _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        _ body: (TestProcess) async throws -> Result
    ) async throws -> Result {
        try await TestPaths.withFolder { folder in
            let process = try start(executable, arguments, environment: environment, folder: folder)
            do {
                let result = try await body(process)
                try await process.end()
                return result
            } catch {
                let output = "standard output:\n\(process.standardOutput)\nstandard error:\n\(process.standardError)"
                try await process.end()
                throw Failure(underlying: error, command: process.command, output: output)
            }
        }
    }

    /// Runs the process until it ends by itself.
    package static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        within limit: Duration = .seconds(120)
    ) async throws -> Completion {
        try await with(executable, arguments, environment: environment) { process in
            let ending = try await process.wait(within: limit)
            return Completion(
                ending: ending, standardOutput: process.standardOutput, standardError: process.standardError)
        }
    }

    /// What went wrong while a process ran, with what it had to say about it.
    package struct Failure: Error, CustomStringConvertible {
        package let underlying: any Error
        let command: String
        let output: String

        package var description: String { "\(underlying)\nwhile this ran: \(command)\n\(output)" }
    }

    package var standardOutput: String { text(of: "output") }
    package var standardError: String { text(of: "error") }

    /// Nil while it runs.
    package var hasEnded: Ending? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
            let signal = status & 0x7f
            ending = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            return ending
        }
    }

    package func signal(_ number: Int32) {
        ending.withLock { ending in
            if ending == nil { kill(processID, number) }
        }
    }

    /// The processes that it has started and that still run.
    /// - Throws: when it has been waited for.
    package func childProcessIDs() throws -> [pid_t] {
        let tasks = "/proc/\(processID)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).flatMap { thread in
            let children = FileManager.default.contents(atPath: "\(tasks)/\(thread)/children") ?? Data()
            return String(decoding: children, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// False for a zombie too, which an init that does not reap leaves behind.
    package static func isAlive(_ processID: pid_t) -> Bool {
        guard let stat = FileManager.default.contents(atPath: "/proc/\(processID)/stat") else { return false }
        // The state follows the command's name, which may hold spaces and brackets.
        let state = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
        return state != "Z" && state != "X"
    }

    package func wait(within limit: Duration = .seconds(60)) async throws -> Ending {
        try await eventually("the end of \(command)", within: limit) { hasEnded }
    }

    /// Kills it, if it still runs, and waits until it is gone.
    package func end() async throws {
        signal(SIGKILL)
        _ = try await wait()
        // Children that it left behind are in its group.
        kill(-processID, SIGKILL)
    }

    /// A file that cannot be read yet has nothing in it; one that is being written may end inside a character.
    private func text(of name: String) -> String {
        String(
            decoding: FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data(), as: UTF8.self)
    }

    // MARK: Starting

    private static func start(
        _ executable: String, _ arguments: [String], environment: [String: String]?, folder: URL
    ) throws -> TestProcess {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        try check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init")
        defer { posix_spawn_file_actions_destroy(&actions) }
        try check(posix_spawnattr_init(&attributes), "posix_spawnattr_init")
        defer { posix_spawnattr_destroy(&attributes) }

        try check(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), "/dev/null")
        for (descriptor, name) in [(Int32(1), "output"), (2, "error")] {
            let path = folder.appending(path: name).path
            try check(
                posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600), path
            )
        }
        // A group of its own, so that its children can be ended with it, and no signal that the test runner ignores.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&defaults, signal) }
        try check(posix_spawnattr_setsigdefault(&attributes, &defaults), "setsigdefault")
        var none = sigset_t()
        sigemptyset(&none)
        try check(posix_spawnattr_setsigmask(&attributes, &none), "setsigmask")
        try check(posix_spawnattr_setpgroup(&attributes, 0), "setpgroup")
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        try check(posix_spawnattr_setflags(&attributes, Int16(flags)), "setflags")

        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        var processID: pid_t = 0
        let result = withCStrings([executable] + arguments) { arguments in
            withCStrings(variables.sorted()) { variables in
                posix_spawnp(&processID, executable, &actions, &attributes, arguments, variables)
            }
        }
        try check(result, executable)
        let command = ([executable] + arguments).joined(separator: " ")
        return TestProcess(processID: processID, command: command, folder: folder)
    }

    private static func check(_ result: Int32, _ what: String) throws {
        guard result == 0 else { throw TestProcess.StartFailure(what: what, reason: String(cString: strerror(result))) }
    }

    package struct StartFailure: Error, CustomStringConvertible {
        let what: String
        let reason: String

        package var description: String { "the process could not be started: \(what): \(reason)" }
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}
