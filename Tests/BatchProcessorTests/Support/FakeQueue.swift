import AWS
import Foundation
import Synchronization

@testable import BatchProcessor

/// A queue that records what it is asked, for what a real one cannot be made to do at will: to lose a receipt handle,
/// to fail single entries of a batch.
final class FakeQueue: MessageQueue {
    enum Call: Sendable, Hashable {
        case changeVisibility(handle: String, seconds: Int)
        case delete(handle: String)
    }

    private let recorded = Mutex<[Call]>([])
    private let changeVisibilityError: @Sendable (_ callsBefore: Int) -> AWSError?
    private let deleteFailure: SQSBatchFailure?

    init(
        deleteFailure: SQSBatchFailure? = nil,
        changeVisibilityError: @escaping @Sendable (_ callsBefore: Int) -> AWSError? = { _ in nil }
    ) {
        self.deleteFailure = deleteFailure
        self.changeVisibilityError = changeVisibilityError
    }

    var calls: [Call] { recorded.withLock { $0 } }

    func receive(
        maximum: Int, waitSeconds: Int, visibilityTimeoutSeconds: Int?
    ) async throws(AWSError) -> [SQSMessage] { [] }

    func changeVisibility(receiptHandle: String, seconds: Int) async throws(AWSError) {
        let before = recorded.withLock { calls in
            defer { calls.append(.changeVisibility(handle: receiptHandle, seconds: seconds)) }
            return calls.count
        }
        if let error = changeVisibilityError(before) { throw error }
    }

    func deleteBatch(receiptHandles: [String]) async throws(AWSError) -> [SQSBatchFailure] {
        recorded.withLock { calls in calls += receiptHandles.map { .delete(handle: $0) } }
        return deleteFailure.map { [$0] } ?? []
    }
}

extension SQSMessage {
    /// A message of an upload.
    static func upload(_ key: String = "videos/a.mp4", bucket: String = "raw", receiveCount: Int = 1) -> SQSMessage {
        body(uploadBody(key, bucket: bucket), receiveCount: receiveCount)
    }

    static func body(_ body: String, receiveCount: Int = 1) -> SQSMessage {
        SQSMessage(
            messageID: "m1", receiptHandle: "h1", body: body, receiveCount: receiveCount, sentTimestamp: Date.now)
    }
}

/// The S3 notification of an upload; the key must need no encoding.
func uploadBody(_ keys: String..., bucket: String = "raw") -> String {
    let records = keys.map { key in
        """
        {"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put",\
        "s3":{"bucket":{"name":"\(bucket)"},"object":{"key":"\(key)","sequencer":"0A"}}}
        """
    }
    return #"{"Records":[\#(records.joined(separator: ","))]}"#
}
