import CCurl
import Glibc
import Synchronization

/// The thread that owns one multi handle with its transfers. Other threads only queue commands and wake it.
final class TransferThread: Sendable {
    typealias Completion = CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>

    private enum Command {
        case start(id: UInt64, HTTPRequest, FileDestination?, Completion)
        case cancel(id: UInt64)
    }

    /// May cross threads: only `curl_multi_wakeup`, which libcurl documents as thread-safe, is called off the owner.
    private struct MultiHandle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private struct State {
        var lastID: UInt64 = 0
        var commands: [Command] = []
        /// Nil before the start, and again from the moment the thread is about to free it.
        var multi: MultiHandle?
        var isStopping = false
        var isFinished = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: HTTPClient.Configuration
    private let state: Mutex<State>
    /// Nil once joined, or when it never started.
    private let thread: Mutex<pthread_t?>

    init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
        state = Mutex(State())
        thread = Mutex(nil)
        guard TransferThreadRegistry.prepareLibrary(), let multi = curl_multi_init() else {
            state.withLock {
                $0.isStopping = true; $0.isFinished = true
            }
            return
        }
        state.withLock { $0.multi = MultiHandle(pointer: multi) }
        start(MultiHandle(pointer: multi))
    }

    private func start(_ multi: MultiHandle) {
        let started = thread.withLock { thread in
            var new = pthread_t()
            let context = Unmanaged.passRetained(ThreadStart(owner: self, multi: multi))
            let code = pthread_create(
                &new, nil,
                { context in
                    guard let context else { return nil }
                    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
                    start.owner.run(start.multi.pointer)
                    return nil
                }, context.toOpaque())
            if code == 0 { thread = new } else { context.release() }
            return code == 0
        }
        if started {
            TransferThreadRegistry.add(self)
        } else {
            state.withLock {
                $0.multi = nil; $0.isStopping = true; $0.isFinished = true
            }
            curl_multi_cleanup(multi.pointer)
        }
    }

    private final class ThreadStart {
        let owner: TransferThread
        let multi: MultiHandle
        init(owner: TransferThread, multi: MultiHandle) {
            self.owner = owner
            self.multi = multi
        }
    }

    // MARK: Called from any thread

    func transfer(_ request: HTTPRequest, to file: FileDestination?) async -> Result<HTTPResponse, HTTPError> {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { completion in
                guard submit(.start(id: id, request, file, completion)) else {
                    completion.resume(returning: .failure(Self.stopped(request)))
                    return
                }
                // The handler below may have run before the start was queued.
                if Task.isCancelled { submit(.cancel(id: id)) }
            }
        } onCancel: {
            submit(.cancel(id: id))
        }
    }

    /// - Returns: false when the thread takes no more commands.
    @discardableResult
    private func submit(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isStopping, let multi = state.multi else { return false }
            state.commands.append(command)
            curl_multi_wakeup(multi.pointer)
            return true
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopping = true
            if let multi = state.multi { curl_multi_wakeup(multi.pointer) }
        }
    }

    /// Returns when the thread has nothing left to do; ``join()`` then does not block.
    func finished() async {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.waiting.append(waiter) }
                return state.isFinished
            }
            if isFinished { waiter.resume() }
        }
    }

    /// Waits until the thread, which was told to stop, is gone. On the thread itself it does nothing.
    func join() {
        let joined = thread.withLock { thread in
            guard let running = thread, pthread_equal(running, pthread_self()) == 0 else { return thread == nil }
            pthread_join(running, nil)
            thread = nil
            return true
        }
        if joined { TransferThreadRegistry.remove(self) }
    }

    // MARK: On the thread

    private func run(_ multi: UnsafeMutableRawPointer) {
        blockSignals()
        var transfers: [UInt64: Transfer] = [:]
        while true {
            let (commands, isStopping) = state.withLock { state in
                defer { state.commands = [] }
                return (state.commands, state.isStopping)
            }
            if isStopping {
                refuse(commands)
                break
            }
            for command in commands { perform(command, multi, &transfers) }
            var running: Int32 = 0
            let code = curl_multi_perform(multi, &running)
            if code != CURLM_OK { abandon(&transfers, multi, String(cString: curl_multi_strerror(code))) }
            finishCompleted(multi, &transfers)
            // A wakeup that came before the poll ends it at once: no command waits for the limit.
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for transfer in transfers.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.cancel("the HTTP client was shut down")
        }
        transfers = [:]
        state.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Signals belong to the program's own threads, and a write to a closed connection must not raise SIGPIPE.
    private func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }

    private func perform(_ command: Command, _ multi: UnsafeMutableRawPointer, _ transfers: inout [UInt64: Transfer]) {
        switch command {
        case .start(let id, let request, let file, let completion):
            do throws(HTTPError) {
                let transfer = try Transfer(id: id, request, to: file, configuration, completion)
                let code = curl_multi_add_handle(multi, transfer.easy)
                guard code == CURLM_OK else {
                    transfer.fail(.other, String(cString: curl_multi_strerror(code)))
                    return
                }
                transfers[id] = transfer
            } catch {
                completion.resume(returning: .failure(error))
            }
        case .cancel(let id):
            guard let transfer = transfers.removeValue(forKey: id) else { return }
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.cancel("the request was cancelled")
        }
    }

    private func finishCompleted(_ multi: UnsafeMutableRawPointer, _ transfers: inout [UInt64: Transfer]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = ccurl_result(message)
            guard let transfer = transfers.values.first(where: { $0.easy == easy }) else { continue }
            transfers[transfer.id] = nil
            curl_multi_remove_handle(multi, easy)
            transfer.complete(result)
        }
    }

    /// libcurl gave up on the whole set (out of memory, an internal error).
    private func abandon(_ transfers: inout [UInt64: Transfer], _ multi: UnsafeMutableRawPointer, _ reason: String) {
        for transfer in transfers.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.fail(.other, reason)
        }
        transfers = [:]
    }

    private func refuse(_ commands: [Command]) {
        for case .start(_, let request, _, let completion) in commands {
            completion.resume(returning: .failure(Self.stopped(request)))
        }
    }

    private static func stopped(_ request: HTTPRequest) -> HTTPError {
        HTTPError(kind: .cancelled, message: "the HTTP client is shut down", url: request.url)
    }
}
