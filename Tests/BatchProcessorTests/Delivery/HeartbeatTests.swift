import AWS
import Logging
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct HeartbeatTests {
    private func heartbeat(_ queue: FakeQueue, ceilingSeconds: Int = 3600) -> Heartbeat {
        var policy = DeliveryPolicy(visibilityTimeoutSeconds: 1)
        policy.ceilingSeconds = ceilingSeconds
        return Heartbeat(
            queue: queue, receiptHandle: "h1", policy: policy,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func itBeatsUntilItIsStopped() async throws {
        let queue = FakeQueue()
        let heartbeat = heartbeat(queue)
        let beating = Task { await heartbeat.run() }
        try await eventually { queue.calls.count >= 3 }
        beating.cancel()
        #expect(await beating.value == .stopped)
        let calls = queue.calls
        #expect(Set(calls) == [.changeVisibility(handle: "h1", seconds: 1)])
        #expect(queue.calls == calls)
    }

    @Test func aHandleThatIsNotOursEndsIt() async {
        let error = AWSError(.client, service: "sqs", operation: "ChangeMessageVisibility", message: "not in flight")
        let queue = FakeQueue { _ in error }
        #expect(await heartbeat(queue).run() == .lost(reason: "\(error)"))
        #expect(queue.calls.count == 1)
    }

    @Test func aBeatThatFailsForNowIsTriedAgainUntilTheMessageShows() async {
        let error = AWSError(.connection, service: "sqs", operation: "ChangeMessageVisibility", message: "reset")
        let queue = FakeQueue { _ in error }
        #expect(await heartbeat(queue).run() == .lost(reason: "\(error)"))
        #expect(!queue.calls.isEmpty)
    }

    @Test func theCeilingOfTwelveHoursEndsIt() async {
        let queue = FakeQueue()
        #expect(
            await heartbeat(queue, ceilingSeconds: 0).run()
                == .lost(reason: "hidden for 12 hours, the limit of SQS"))
        #expect(queue.calls.isEmpty)
    }
}
