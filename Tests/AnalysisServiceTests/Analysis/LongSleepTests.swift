import Testing

@testable import AnalysisService

@Suite struct LongSleepTests {
    @Test(arguments: [Duration.zero, .milliseconds(1), .milliseconds(1100)])
    func itLastsAsLongAsItIsTold(duration: Duration) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try await Task.longSleep(for: duration)
        #expect(start.duration(to: clock.now) >= duration)
    }

    @Test func cancellationEndsIt() async {
        let sleep = Task { try await Task<Never, Never>.longSleep(for: .seconds(1_000_000)) }
        sleep.cancel()
        await #expect(throws: CancellationError.self) { try await sleep.value }
    }
}
