import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AnalysisService

/// Real processes: small shell scripts that do what an analysis must never do.
@Suite struct ChildProcessTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func append(_ line: [UInt8]) {
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
    }

    private func shell(_ script: String, limits: ChildProcess.Limits = .init()) -> ChildProcess {
        ChildProcess(
            executablePath: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
            limits: limits)
    }

    @Test func linesErrorsAndExitCodeArrive() async throws {
        let lines = Lines()
        let outcome = try await shell("echo one; echo two; echo why >&2; exit 65").run { lines.append($0) }
        #expect(lines.all == ["one", "two"])
        #expect(outcome.ending == .exited(65))
        #expect(outcome.errorText == "why\n")
        #expect(outcome.peakResidentBytes > 0)
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGKILL])
    func signalThatEndsItIsTold(signal: Int32) async throws {
        let outcome = try await shell("kill -\(signal) $$").run { _ in }
        #expect(outcome.ending == .killed(signal: signal))
    }

    @Test(arguments: [
        "exec sleep 1000", "trap '' TERM; while :; do sleep 1000; done", "exec >&- 2>&-; exec sleep 1000",
    ])
    func hangingChildIsKilledAtItsDeadline(script: String) async throws {
        var limits = ChildProcess.Limits()
        limits.seconds = 0.2
        #expect(try await shell(script, limits: limits).run { _ in }.ending == .timedOut)
    }

    @Test(arguments: ["exec sleep 1000", "trap '' TERM; while :; do sleep 1000; done"])
    func cancelledChildEndsEvenIfItIgnoresTheSignal(end: String) async throws {
        var limits = ChildProcess.Limits()
        limits.graceSeconds = 0.2
        let child = shell("echo ready; \(end)", limits: limits)
        let lines = Lines()
        let running = Task { try await child.run { lines.append($0) } }
        try await eventually { lines.all == ["ready"] }
        running.cancel()
        #expect(try await running.value.ending == .cancelled)
    }

    @Test func cancelledChildMayEndByItself() async throws {
        let child = shell("trap 'echo ended; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
        let lines = Lines()
        let running = Task { try await child.run { lines.append($0) } }
        try await eventually { lines.all == ["ready"] }
        running.cancel()
        #expect(try await running.value.ending == .cancelled)
    }

    @Test(arguments: ["exec cat /dev/zero", "exec yes", "exec yes '{}'"])
    func endlessOutputEndsIt(script: String) async throws {
        var limits = ChildProcess.Limits()
        limits.lineBytes = 10_000
        limits.outputBytes = 100_000
        let ending = try await shell(script, limits: limits).run { _ in }.ending
        guard case .badOutput = ending else {
            Issue.record("not ended for its output")
            return
        }
    }

    @Test func endlessErrorsKeepMemoryFlatAndTheEndOfTheText() async throws {
        var limits = ChildProcess.Limits()
        limits.errorBytes = 100
        let outcome = try await shell("head -c 3000000 /dev/zero >&2; echo last >&2", limits: limits).run { _ in }
        #expect(outcome.ending == .exited(0))
        #expect(outcome.errorText.utf8.count == 100)
        #expect(outcome.errorText.hasSuffix("last\n"))
    }

    @Test func refusedLineEndsIt() async throws {
        struct Refused: Error, CustomStringConvertible { let description = "a line that is no JSON" }
        let outcome = try await shell("echo garbage; exec sleep 1000").run { _ in throw Refused() }
        #expect(outcome.ending == .badOutput("a line that is no JSON"))
    }

    @Test func whatItStartedEndsWithIt() async throws {
        let lines = Lines()
        let outcome = try await shell("sleep 1000 & echo $!").run { lines.append($0) }
        #expect(outcome.ending == .exited(0))
        let grandchild = try #require(lines.all.first.flatMap { pid_t($0) })
        try await eventually("the end of the grandchild") { Self.isGone(grandchild) }
    }

    /// A zombie that nobody reaps is gone as well.
    private static func isGone(_ process: pid_t) -> Bool {
        guard kill(process, 0) == 0 else { return true }
        guard let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return true }
        return String(decoding: status, as: UTF8.self).contains(") Z ")
    }

    @Test func nothingIsInherited() async throws {
        let open = Glibc.open("/dev/null", O_RDONLY)
        defer { close(open) }
        let lines = Lines()
        _ = try await shell("ls /proc/$$/fd; exec /usr/bin/env").run { lines.append($0) }
        let found = lines.all.filter { !$0.hasPrefix("PWD=") && !$0.hasPrefix("_=") }
        #expect(found == ["0", "1", "2", "PATH=/usr/bin:/bin"])
    }

    @Test func limitsAreSetBeforeItRuns() async throws {
        try await TestPaths.withFolder { folder in
            var limits = ChildProcess.Limits()
            limits.addressSpaceBytes = 1 << 30
            limits.fileBytes = 4096
            var child = shell("ulimit -v; ulimit -c; head -c 100000 /dev/zero > file; wc -c < file", limits: limits)
            child.workingFolder = folder.path
            let lines = Lines()
            _ = try await child.run { lines.append($0) }
            #expect(lines.all.map { $0.trimmingCharacters(in: .whitespaces) } == ["1048576", "0", "4096"])
        }
    }

    @Test(arguments: ["/no/such/program", "/etc/passwd", "/"])
    func programThatCannotBeStartedIsNamed(path: String) async throws {
        let child = ChildProcess(executablePath: path, arguments: [])
        let error = await #expect(throws: ChildProcess.StartError.self) { try await child.run { _ in } }
        #expect(error?.description.hasPrefix("\(path) could not be started: ") == true)
    }
}
