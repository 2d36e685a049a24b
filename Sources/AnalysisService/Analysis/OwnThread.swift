#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let failure = pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Glibc)
                guard let argument else { return nil }
                #endif
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard failure == 0 else {
            // No thread is to be had: late is better than never.
            work.takeRetainedValue().body()
            return
        }
        #if canImport(Glibc)
        pthread_detach(thread)
        #else
        if let thread { pthread_detach(thread) }
        #endif
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
