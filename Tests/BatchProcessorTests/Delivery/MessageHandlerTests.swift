@testable import AWS
import AnalysisAPI
import Logging
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct MessageHandlerTests {
    private static let gone = AWSError(
        .client, service: "sqs", operation: "ChangeMessageVisibility", code: "ReceiptHandleIsInvalid", message: "gone")

    private func handler(
        _ queue: FakeQueue, _ service: FakeService, visibilityTimeoutSeconds: Int = 600, maximumReceiveCount: Int? = 3
    ) -> MessageHandler {
        MessageHandler(
            queue: queue, service: service, bucket: "raw",
            policy: DeliveryPolicy(
                visibilityTimeoutSeconds: visibilityTimeoutSeconds, maximumReceiveCount: maximumReceiveCount),
            progress: ProgressDisplay(style: .hidden), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func aMessageIsDeletedAfterItsAnalysis() async {
        let queue = FakeQueue()
        let service = FakeService { _ in
            #expect(queue.calls.isEmpty)
            return .completed(CompletedAnalysis(videoID: "a", analysisID: 1))
        }
        #expect(await handler(queue, service).handle(.upload()) == .deleted)
        #expect(queue.calls == [.delete(handle: "h1")])
        #expect(service.requests == [AnalyzeRequest(bucket: "raw", key: "videos/a.mp4", sequencer: "0A")])
    }

    @Test func everyRecordIsAnalysedBeforeTheMessageIsDeleted() async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        let message = SQSMessage.body(uploadBody("videos/a.mp4", "videos/b/", "videos/c.mp4"))
        #expect(await handler(queue, service).handle(message) == .deleted)
        #expect(service.requests.map(\.key) == ["videos/a.mp4", "videos/c.mp4"])
    }

    @Test(arguments: [
        #"{"Event":"s3:TestEvent"}"#, uploadBody("videos/"),
        uploadBody("videos/").replacing("ObjectCreated:Put", with: "ObjectRemoved:Delete"),
        uploadBody("videos/a.mp4").replacing("ObjectCreated:Put", with: "ObjectRestore:Completed"),
    ])
    func whatAsksForNothingIsDeletedWithoutACall(_ body: String) async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        #expect(await handler(queue, service).handle(.body(body)) == .deleted)
        #expect(service.requests.isEmpty && service.removals.isEmpty)
    }

    @Test func aRemovalIsToldToTheServiceBeforeTheMessageIsDeleted() async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        let body = uploadBody("videos/a.mp4").replacing("ObjectCreated:Put", with: "ObjectRemoved:Delete")
        #expect(await handler(queue, service).handle(.body(body)) == .deleted)
        #expect(service.removals == [RemovalRequest(bucket: "raw", key: "videos/a.mp4", sequencer: "0A")])
        #expect(service.requests.isEmpty)
        #expect(queue.calls == [.delete(handle: "h1")])
    }

    @Test func aRemovalOfAnotherBucketIsKept() async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        let body = uploadBody("videos/a.mp4", bucket: "other").replacing("ObjectCreated", with: "ObjectRemoved")
        guard case .keptForRedrive = await handler(queue, service).handle(.body(body)) else {
            Issue.record("not kept")
            return
        }
        #expect(service.removals.isEmpty)
    }

    @Test func anEventThatANewerOneHasOvertakenIsDeleted() async {
        let queue = FakeQueue()
        let service = FakeService { _ in .superseded(reason: "newer") }
        #expect(await handler(queue, service).handle(.upload()) == .deleted)
    }

    @Test func aMalformedMessageIsKept() async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        let outcome = await handler(queue, service).handle(.body("{"))
        guard case .keptForRedrive(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.hasPrefix("malformed message: "))
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: 0)])
        #expect(service.requests.isEmpty)
    }

    @Test func aMessageOfAnotherBucketIsKept() async {
        let queue = FakeQueue()
        let service = FakeService.completing()
        let outcome = await handler(queue, service).handle(.upload(bucket: "other"))
        let reason = "bucket_not_allowed: the message names the bucket other, S3_BUCKET_RAW is raw"
        #expect(outcome == .keptForRedrive(reason: reason))
        #expect(service.requests.isEmpty)
    }

    @Test func aPermanentFailureKeepsTheMessageForTheDeadLetterQueue() async {
        let queue = FakeQueue()
        let service = FakeService.failing(.permanent(reason: "not_a_video: text"))
        #expect(
            await handler(queue, service).handle(.upload()) == .keptForRedrive(reason: "not_a_video: text"))
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: 0)])
    }

    @Test func aHopelessMessageIsNotAskedForTwice() async {
        let queue = FakeQueue()
        let service = FakeService.failing(.permanent(reason: "not_a_video: text"))
        let handler = handler(queue, service)
        for receiveCount in 1...3 {
            let outcome = await handler.handle(.upload(receiveCount: receiveCount))
            #expect(outcome == .keptForRedrive(reason: "not_a_video: text"))
        }
        #expect(service.requests.count == 1)
        #expect(queue.calls == Array(repeating: .changeVisibility(handle: "h1", seconds: 0), count: 3))
    }

    @Test func withoutARedrivePolicyAPermanentFailureIsHiddenForAWhile() async {
        let queue = FakeQueue()
        let service = FakeService.failing(.permanent(reason: "not_a_video: text"))
        _ = await handler(queue, service, maximumReceiveCount: nil).handle(.upload())
        guard case .changeVisibility(_, let seconds) = queue.calls.first else {
            Issue.record("\(queue.calls)")
            return
        }
        #expect((15...30).contains(seconds))
    }

    @Test func aRecordThatCannotSucceedDoesNotHoldUpTheOthers() async {
        let queue = FakeQueue()
        let service = FakeService { request throws(AnalysisFailure) in
            guard request.key == "videos/b.mp4" else { throw .permanent(reason: "object_not_found") }
            return .completed(CompletedAnalysis())
        }
        let outcome = await handler(queue, service).handle(.body(uploadBody("videos/a.mp4", "videos/b.mp4")))
        #expect(outcome == .keptForRedrive(reason: "object_not_found"))
        #expect(service.requests.map(\.key) == ["videos/a.mp4", "videos/b.mp4"])
    }

    @Test(arguments: [(1, 15...30), (2, 30...60), (3, 60...120), (50, 450...900)])
    func aPassingFailureBacksOffByTheReceiveCount(_ receiveCount: Int, _ expected: ClosedRange<Int>) async {
        let queue = FakeQueue()
        let service = FakeService.failing(.transient(reason: "s3_error", retryAfterSeconds: nil))
        let outcome = await handler(queue, service).handle(.upload(receiveCount: receiveCount))
        guard case .backedOff(let reason, let seconds) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason == "s3_error")
        #expect(expected.contains(seconds))
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: seconds)])
    }

    @Test func theServicesOwnRetryAfterIsTheLeastPause() async {
        let queue = FakeQueue()
        let service = FakeService.failing(.transient(reason: "stopping", retryAfterSeconds: 300))
        _ = await handler(queue, service).handle(.upload())
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: 300)])
    }

    @Test(arguments: [
        (AnalysisFailure.unreachable(reason: "refused"), CommandStatus.unavailable),
        (.unauthorized(reason: "unauthorized"), .configuration),
    ])
    func aFailureThatEveryMessageWouldMeetStopsTheRun(_ failure: AnalysisFailure, _ expected: CommandStatus) async {
        let queue = FakeQueue()
        let outcome = await handler(queue, FakeService.failing(failure)).handle(.upload())
        guard case .stopsTheRun(_, let status) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(status == expected)
        guard case .changeVisibility(_, let seconds) = queue.calls.first, queue.calls.count == 1 else {
            Issue.record("\(queue.calls)")
            return
        }
        #expect(seconds > 0)
    }

    @Test func aLostReceiptHandleEndsTheWork() async {
        let queue = FakeQueue { _ in Self.gone }
        let outcome = await handler(queue, FakeService.hanging(), visibilityTimeoutSeconds: 1).handle(.upload())
        #expect(outcome == .lost(reason: "\(Self.gone)"))
        // The one beat; nothing is deleted or given back with a handle that is someone else's.
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: 1)])
    }

    @Test func cancellationReleasesTheMessage() async throws {
        let queue = FakeQueue()
        let service = FakeService.hanging()
        let handler = handler(queue, service)
        let work = Task { await handler.handle(.upload()) }
        try await eventually { !service.requests.isEmpty }
        work.cancel()
        #expect(await work.value == .released)
        #expect(queue.calls == [.changeVisibility(handle: "h1", seconds: 0)])
    }

    @Test func whatTheDeleteCallFailedToDeleteIsNoSuccess() async {
        let queue = FakeQueue(
            deleteFailure: SQSBatchFailure(
                receiptHandle: "h1", code: "InternalError", message: "try again", isSenderFault: false))
        let outcome = await handler(queue, FakeService.completing()).handle(.upload())
        #expect(outcome == .lost(reason: "the message could not be deleted: InternalError: try again"))
    }
}
