import Glibc

/// Runs blocking work on a thread of its own, since it must not hold one of the few that run all async code.
enum OwnThread {
    /// Returns what `body` returned. The caller's cancellation does not reach `body`: it needs a flag of its own.
    static func run<Success: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () -> Result<Success, Failure>
    ) async throws(Failure) -> Success {
        let result = await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
        return try result.get()
    }

    private static func start(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard failure == 0 else {
            // The system has no thread left: better here than not at all.
            work.takeRetainedValue().body()
            return
        }
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
