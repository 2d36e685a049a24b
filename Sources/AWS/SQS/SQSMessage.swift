import FoundationEssentials

/// A received message. It stays in the queue, invisible, until it is deleted by its receipt handle.
package struct SQSMessage: Sendable, Hashable {
    package var messageID: String
    /// Of this receive: the next one brings another.
    package var receiptHandle: String
    package var body: String
    /// Receives so far, this one included.
    package var receiveCount: Int
    /// When it was first sent.
    package var sentTimestamp: Date

    package init(messageID: String, receiptHandle: String, body: String, receiveCount: Int, sentTimestamp: Date) {
        self.messageID = messageID
        self.receiptHandle = receiptHandle
        self.body = body
        self.receiveCount = receiveCount
        self.sentTimestamp = sentTimestamp
    }
}

/// One entry of a batch that was not carried out although the call succeeded.
package struct SQSBatchFailure: Sendable, Hashable {
    package var receiptHandle: String
    package var code: String
    package var message: String
    /// True when sending it again is of no use.
    package var isSenderFault: Bool
}

/// What is asked of `GetQueueAttributes`.
package struct QueueAttributes: Sendable, Hashable {
    package var arn: String
    package var visibilityTimeoutSeconds: Int
    /// Nil without a redrive policy.
    package var deadLetterTargetARN: String?
    package var maxReceiveCount: Int?
    package var approximateMessages: Int
    package var approximateMessagesNotVisible: Int
    package var approximateMessagesDelayed: Int
    /// Received or not.
    package var approximateMessagesInAll: Int {
        approximateMessages + approximateMessagesNotVisible + approximateMessagesDelayed
    }
}
