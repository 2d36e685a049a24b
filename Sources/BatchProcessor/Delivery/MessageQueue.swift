import AWS

/// What the delivery of messages needs of a queue.
protocol MessageQueue: Sendable {
    func receive(maximum: Int, waitSeconds: Int, visibilityTimeoutSeconds: Int?) async throws(AWSError) -> [SQSMessage]
    func changeVisibility(receiptHandle: String, seconds: Int) async throws(AWSError)
    /// Returns what was not deleted although the call succeeded.
    func deleteBatch(receiptHandles: [String]) async throws(AWSError) -> [SQSBatchFailure]
}

extension SQSClient: MessageQueue {}
