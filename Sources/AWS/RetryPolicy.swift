/// How often a failed call is made again, and after which pause.
///
/// The pause is drawn evenly between zero and a limit that doubles with each attempt ("full jitter"; M. Brooker,
/// *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015).
package struct RetryPolicy: Sendable, Hashable {
    /// The first call included.
    package var maximumAttempts: Int
    /// Limit of the first pause; throttled calls start at five times this.
    package var baseSeconds: Double
    package var maximumSeconds: Double

    package init(maximumAttempts: Int = 4, baseSeconds: Double = 0.1, maximumSeconds: Double = 20) {
        self.maximumAttempts = maximumAttempts
        self.baseSeconds = baseSeconds
        self.maximumSeconds = maximumSeconds
    }

    /// - Parameter attempt: the attempt that failed, from 1.
    func limitSeconds(afterAttempt attempt: Int, throttled: Bool) -> Double {
        var limit = throttled ? 5 * baseSeconds : baseSeconds
        for _ in 1..<max(1, min(attempt, 32)) { limit *= 2 }
        return min(limit, maximumSeconds)
    }

    func pauseSeconds(afterAttempt attempt: Int, throttled: Bool) -> Double {
        .random(in: 0...limitSeconds(afterAttempt: attempt, throttled: throttled))
    }
}
