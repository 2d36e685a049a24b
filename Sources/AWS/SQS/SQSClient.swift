import FoundationEssentials
import JSON

/// One queue of Amazon SQS (JSON protocol 1.0).
package struct SQSClient: Sendable {
    package let queueURL: String
    private let aws: AWSClient

    package init(_ aws: AWSClient, queueURL: String) {
        self.aws = aws
        self.queueURL = queueURL
    }

    /// Long poll. Cancelling the task ends it at once; a message that SQS was just handing out then shows again after
    /// its visibility timeout.
    /// - Parameters:
    ///   - maximum: 1 to 10.
    ///   - waitSeconds: 0 to 20.
    ///   - visibilityTimeoutSeconds: the queue's own when nil.
    package func receive(maximum: Int = 1, waitSeconds: Int = 20, visibilityTimeoutSeconds: Int? = nil)
        async throws(AWSError) -> [SQSMessage]
    {
        var body: [String: JSON] = [
            "MaxNumberOfMessages": .integer(Int64(maximum)), "WaitTimeSeconds": .integer(Int64(waitSeconds)),
            "MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp"],
        ]
        if let seconds = visibilityTimeoutSeconds { body["VisibilityTimeout"] = .integer(Int64(seconds)) }
        let (answer, request) = try await call("ReceiveMessage", body, timeoutSeconds: Double(waitSeconds) + 30)
        return try request.reading { () throws(JSONError) in
            var messages: [SQSMessage] = []
            for message in try answer["Messages"].optionalArray() ?? [] {
                let milliseconds = try message["Attributes"]["SentTimestamp"].number()
                messages.append(
                    SQSMessage(
                        messageID: try message["MessageId"].string(),
                        receiptHandle: try message["ReceiptHandle"].string(),
                        body: try message["Body"].string(),
                        receiveCount: try message["Attributes"]["ApproximateReceiveCount"].number(),
                        sentTimestamp: Date(timeIntervalSince1970: Double(milliseconds) / 1000)))
            }
            return messages
        }
    }

    /// Succeeds also when the message is gone, or was received again since: then it stays in the queue.
    package func delete(receiptHandle: String) async throws(AWSError) {
        _ = try await call("DeleteMessage", ["ReceiptHandle": .string(receiptHandle)])
    }

    /// - Parameter receiptHandles: 1 to ``maximumBatch``.
    /// - Returns: those that were not deleted; the call itself succeeds although single entries fail.
    package func deleteBatch(receiptHandles: [String]) async throws(AWSError) -> [SQSBatchFailure] {
        try await batch("DeleteMessageBatch", receiptHandles)
    }

    /// Starts the visibility timeout anew; 0 puts the message back at once.
    package func changeVisibility(receiptHandle: String, seconds: Int) async throws(AWSError) {
        _ = try await call(
            "ChangeMessageVisibility",
            ["ReceiptHandle": .string(receiptHandle), "VisibilityTimeout": .integer(Int64(seconds))])
    }

    /// ``changeVisibility(receiptHandle:seconds:)`` for several messages in one request.
    /// - Parameter receiptHandles: 1 to ``maximumBatch``.
    /// - Returns: those that were not changed; the call itself succeeds although single entries fail.
    package func changeVisibilityBatch(
        receiptHandles: [String], seconds: Int
    ) async throws(AWSError) -> [SQSBatchFailure] {
        try await batch(
            "ChangeMessageVisibilityBatch", receiptHandles, ["VisibilityTimeout": .integer(Int64(seconds))])
    }

    /// - Parameter members: of each entry, beside its receipt handle.
    private func batch(
        _ operation: String, _ receiptHandles: [String], _ members: [String: JSON] = [:]
    ) async throws(AWSError) -> [SQSBatchFailure] {
        let entries = receiptHandles.enumerated().map { index, handle in
            JSON.object(members.merging(["Id": .string(String(index)), "ReceiptHandle": .string(handle)]) { $1 })
        }
        let (answer, request) = try await call(operation, ["Entries": .array(entries)])
        return try request.reading { () throws(JSONError) in
            var failures: [SQSBatchFailure] = []
            for failure in try answer["Failed"].optionalArray() ?? [] {
                let index = try failure["Id"].number()
                guard receiptHandles.indices.contains(index) else { throw failure["Id"].error("was not sent") }
                failures.append(
                    SQSBatchFailure(
                        receiptHandle: receiptHandles[index], code: try failure["Code"].string(),
                        message: try failure["Message"].optionalString() ?? "",
                        isSenderFault: try failure["SenderFault"].optionalBool() ?? false))
            }
            return failures
        }
    }

    /// - Returns: the new message's id.
    @discardableResult
    package func send(body: String) async throws(AWSError) -> String {
        let (answer, request) = try await call("SendMessage", ["MessageBody": .string(body)])
        return try request.reading { () throws(JSONError) in try answer["MessageId"].string() }
    }

    /// The most entries of one batch, by SQS's limit.
    package static let maximumBatch = 10

    /// Sends several messages in one request.
    /// - Parameter bodies: 1 to ``maximumBatch``.
    /// - Throws: also when the call succeeds but SQS took only some of them.
    package func send(bodies: [String]) async throws(AWSError) {
        let entries = bodies.enumerated().map { index, body in
            JSON.object(["Id": .string(String(index)), "MessageBody": .string(body)])
        }
        let (answer, request) = try await call("SendMessageBatch", ["Entries": .array(entries)])
        let failure = try request.reading { () throws(JSONError) -> (code: String, message: String)? in
            guard let failure = try answer["Failed"].optionalArray()?.first else { return nil }
            return (try failure["Code"].string(), try failure["Message"].optionalString() ?? "")
        }
        if let failure { throw request.error(.server, "\(failure.code): \(failure.message)") }
    }

    package func attributes() async throws(AWSError) -> QueueAttributes {
        let (answer, request) = try await call("GetQueueAttributes", ["AttributeNames": ["All"]])
        return try request.reading { () throws(JSONError) in
            let values = answer["Attributes"]
            var redrive = JSON.object([:]).node
            if let policy = try values["RedrivePolicy"].optionalString() { redrive = try JSON(parsing: policy).node }
            return QueueAttributes(
                arn: try values["QueueArn"].string(),
                visibilityTimeoutSeconds: try values["VisibilityTimeout"].number(),
                deadLetterTargetARN: try redrive["deadLetterTargetArn"].optionalString(),
                maxReceiveCount: redrive["maxReceiveCount"].exists ? try redrive["maxReceiveCount"].number() : nil,
                approximateMessages: try values["ApproximateNumberOfMessages"].number(),
                approximateMessagesNotVisible: try values["ApproximateNumberOfMessagesNotVisible"].number(),
                approximateMessagesDelayed: try values["ApproximateNumberOfMessagesDelayed"].number())
        }
    }

    /// The URL of another queue of the same account, such as the dead-letter queue.
    package func queueURL(name: String) async throws(AWSError) -> String {
        try await Self.queueURL(name: name, aws)
    }

    package static func queueURL(name: String, _ aws: AWSClient) async throws(AWSError) -> String {
        let (answer, request) = try await aws.callJSON(
            .sqs, "GetQueueUrl", target: "AmazonSQS", version: "1.0", ["QueueName": .string(name)])
        return try request.reading { () throws(JSONError) in try answer["QueueUrl"].string() }
    }

    private func call(_ operation: String, _ body: [String: JSON], timeoutSeconds: Double = 30)
        async throws(AWSError) -> (answer: JSONNode, request: AWSRequest)
    {
        var body = body
        body["QueueUrl"] = .string(queueURL)
        return try await aws.callJSON(
            .sqs, operation, target: "AmazonSQS", version: "1.0", body, timeoutSeconds: timeoutSeconds)
    }
}

extension JSONNode {
    /// A whole number, which SQS mostly writes as a string.
    fileprivate func number() throws(JSONError) -> Int {
        guard case .string(let text) = value else { return try int() }
        guard let number = Int(text) else { throw error("expected a whole number, found “\(text)”") }
        return number
    }
}
