extension Task where Success == Never, Failure == Never {
    /// Sleeps for a time of hours, in steps of a second.
    ///
    /// The runtime keeps what a cancelled `sleep` has allocated, about 700 bytes, until the sleep's time has come: limits
    /// that are hardly ever reached would grow the process with every analysis.
    ///
    /// - Throws: `CancellationError`.
    static func longSleep(for duration: Duration) async throws {
        let clock = ContinuousClock()
        let end = clock.now + duration
        while case let left = end - clock.now, left > .zero {
            try await sleep(for: min(left, .seconds(1)))
        }
    }
}
