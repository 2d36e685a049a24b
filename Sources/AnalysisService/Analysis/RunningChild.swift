import CProcess
import Glibc

/// A started child process, its pipes and its process group. Used by one thread, the one that started it.
struct RunningChild: ~Copyable {
    private let process: pid_t
    private var output: Int32
    private var errors: Int32
    private let maximumErrorBytes: Int
    private var errorTail: [UInt8] = []

    init(_ child: ChildProcess) throws(ChildProcess.StartError) {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let output = try Self.makePipe()
        defer { close(output.write) }
        let errors = try Self.makePipe()
        defer { close(errors.write) }

        let limits = child.limits
        var process: pid_t = 0
        let failure = withCStrings([child.executablePath] + child.arguments) { arguments in
            withCStrings(child.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { environment in
                child.executablePath.withCString { executable in
                    withOptionalCString(child.workingFolder) { workingFolder in
                        var start = framelake_child(
                            executable: executable, arguments: arguments, environment: environment,
                            working_folder: workingFolder, standard_input: nothing, standard_output: output.write,
                            standard_error: errors.write, address_space_limit: limits.addressSpaceBytes ?? -1,
                            file_size_limit: limits.fileBytes ?? -1)
                        return framelake_start(&start, &process)
                    }
                }
            }
        }
        guard failure == 0 else {
            close(output.read)
            close(errors.read)
            throw ChildProcess.StartError(
                description: "\(child.executablePath) could not be started: \(String(cString: strerror(failure)))")
        }
        self.process = process
        self.output = output.read
        self.errors = errors.read
        maximumErrorBytes = limits.errorBytes
        for descriptor in [output.read, errors.read] { framelake_set_nonblocking(descriptor) }
    }

    /// True once it has ended. Its process group can still be signalled.
    var hasEnded: Bool { framelake_has_ended(process) }

    /// Signals the child and whatever it has started.
    func send(_ signal: Int32) {
        kill(-process, signal)
    }

    /// What there is on standard output, after waiting for something to happen; keeps the end of standard error.
    mutating func read(waitMilliseconds: Int32) -> [UInt8] {
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
        ]
        // With both closed there is only the end to wait for, which is near.
        let isClosed = output < 0 && errors < 0
        poll(&polled, nfds_t(polled.count), isClosed ? min(waitMilliseconds, 5) : waitMilliseconds)
        errorTail += Self.readOnce(&errors)
        if errorTail.count > maximumErrorBytes { errorTail.removeFirst(errorTail.count - maximumErrorBytes) }
        return Self.readOnce(&output)
    }

    /// Takes the ended child off the system's table.
    consuming func reap(ending: ChildProcess.Ending?) -> ChildProcess.Outcome {
        while true {
            let more = Self.readOnce(&errors)
            if more.isEmpty { break }
            errorTail += more
        }
        let reaped = framelake_reap(process)
        for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) }
        let ownEnding: ChildProcess.Ending =
            reaped.signal_number >= 0 ? .killed(signal: reaped.signal_number) : .exited(reaped.exit_code)
        return ChildProcess.Outcome(
            ending: ending ?? ownEnding,
            errorText: String(decoding: errorTail.suffix(maximumErrorBytes), as: UTF8.self),
            peakResidentBytes: reaped.peak_resident_bytes)
    }

    private static func makePipe() throws(ChildProcess.StartError) -> (read: Int32, write: Int32) {
        var read: Int32 = -1
        var write: Int32 = -1
        let failure = framelake_pipe(&read, &write)
        guard failure == 0 else {
            throw ChildProcess.StartError(description: "no pipe is to be had: \(String(cString: strerror(failure)))")
        }
        return (read, write)
    }

    /// Empty when there is nothing now; closes the descriptor, and makes it -1, at the stream's end.
    private static func readOnce(_ descriptor: inout Int32) -> [UInt8] {
        guard descriptor >= 0 else { return [] }
        let from = descriptor
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, initialized in
            count = Glibc.read(from, buffer.baseAddress, buffer.count)
            initialized = max(count, 0)
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
            close(descriptor)
            descriptor = -1
        }
        return bytes
    }
}

private func withOptionalCString<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = texts.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
}
