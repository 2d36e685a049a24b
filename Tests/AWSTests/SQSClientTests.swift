import Foundation
import TestSupport
import Testing

@testable import AWS

/// Against the emulator.
@Suite struct SQSClientTests {
    @Test func messageIsReceivedUntilItIsDeleted() async throws {
        try await TestAWS.with { aws in
            let queue = SQSClient(aws.client, queueURL: try await aws.createQueue().url)
            let body = "{\"key\":\"비디오 & <a> \\u0001\"}\n"
            let id = try await queue.send(body: body)
            let message = try #require(try await queue.receive().first)
            #expect(message.messageID == id)
            #expect(message.body == body)
            #expect(message.receiveCount == 1)
            #expect(abs(message.sentTimestamp.timeIntervalSinceNow) < 3600)
            let none = try await queue.receive(waitSeconds: 0)
            #expect(none.isEmpty)
            try await queue.changeVisibility(receiptHandle: message.receiptHandle, seconds: 0)
            let again = try #require(try await queue.receive().first)
            #expect(again.messageID == id)
            #expect(again.receiveCount == 2)
            #expect(again.receiptHandle != message.receiptHandle)
            try await queue.delete(receiptHandle: again.receiptHandle)
            let attributes = try await queue.attributes()
            #expect(attributes.approximateMessages == 0)
            #expect(attributes.approximateMessagesNotVisible == 0)
        }
    }

    @Test func aBatchIsSentWhole() async throws {
        try await TestAWS.with { aws in
            let queue = SQSClient(aws.client, queueURL: try await aws.createQueue().url)
            let bodies = (0..<SQSClient.maximumBatch).map { "message \($0) é" }
            try await queue.send(bodies: bodies)
            var received: Set<String> = []
            while received.count < bodies.count {
                received.formUnion(try await queue.receive(maximum: 10, waitSeconds: 5).map(\.body))
            }
            #expect(received == Set(bodies))
        }
    }

    @Test func aBatchOfWhichSomethingWasNotTakenFails() async throws {
        let reply = #"{"Successful":[],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}"#
        try await ScriptedHTTPServer.with(replies: [.response(200, body: reply)]) { server in
            let environment = try TestAWS.environment.merging(["AWS_ENDPOINT_URL": server.url]) { $1 }
            let client = try AWSClient.standard(environment: environment, logger: .init(label: "test.aws"))
            let error = await #expect(throws: AWSError.self) {
                try await SQSClient(client, queueURL: "q").send(bodies: ["a"])
            }
            #expect(error?.kind == .server)
            #expect(error?.message.contains("InternalError") == true)
        }
    }

    @Test func batchDeleteNamesWhatFailed() async throws {
        try await TestAWS.with { aws in
            let queue = SQSClient(aws.client, queueURL: try await aws.createQueue().url)
            for index in 0..<3 { try await queue.send(body: "\(index)") }
            var handles: [String] = []
            while handles.count < 3 { handles += try await queue.receive(maximum: 10).map(\.receiptHandle) }
            let failures = try await queue.deleteBatch(receiptHandles: [handles[0], "nonsense", handles[2]])
            #expect(failures.map(\.receiptHandle) == ["nonsense"])
            #expect(failures.first?.code.isEmpty == false)
            let attributes = try await queue.attributes()
            #expect(attributes.approximateMessagesNotVisible == 1)
        }
    }

    @Test func severalMessagesAreShownAgainAtOnce() async throws {
        try await TestAWS.with { aws in
            let queue = SQSClient(aws.client, queueURL: try await aws.createQueue().url)
            try await queue.send(bodies: ["a", "b", "c"])
            var handles: [String] = []
            while handles.count < 3 {
                handles += try await queue.receive(maximum: 10, waitSeconds: 5).map(\.receiptHandle)
            }
            let failures = try await queue.changeVisibilityBatch(
                receiptHandles: [handles[0], "nonsense", handles[2]], seconds: 0)
            #expect(failures.map(\.receiptHandle) == ["nonsense"])
            let attributes = try await queue.attributes()
            #expect(attributes.approximateMessages == 2)
            #expect(attributes.approximateMessagesNotVisible == 1)
        }
    }

    @Test func batchFailureIsRead() async throws {
        let reply = """
            {"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"ReceiptHandleIsInvalid","SenderFault":true,\
            "Message":"stale"}]}
            """
        try await ScriptedHTTPServer.with(replies: [.response(200, body: reply)]) { server in
            let environment = try TestAWS.environment.merging(["AWS_ENDPOINT_URL": server.url]) { $1 }
            let client = try AWSClient.standard(environment: environment, logger: .init(label: "test.aws"))
            let failures = try await SQSClient(client, queueURL: "q").deleteBatch(receiptHandles: ["a", "b"])
            #expect(
                failures == [
                    SQSBatchFailure(
                        receiptHandle: "b", code: "ReceiptHandleIsInvalid", message: "stale", isSenderFault: true)
                ])
            await client.shutdown()
        }
    }

    @Test func attributesNameTheDeadLetterQueue() async throws {
        try await TestAWS.with { aws in
            let deadLetters = try await aws.createQueue()
            let name = TestAWS.uniqueName("main")
            let main = try await aws.createQueue(
                name, visibilityTimeoutSeconds: 45, deadLetters: deadLetters, maxReceiveCount: 3)
            let attributes = try await SQSClient(aws.client, queueURL: main.url).attributes()
            #expect(attributes.arn == main.arn)
            #expect(attributes.visibilityTimeoutSeconds == 45)
            #expect(attributes.deadLetterTargetARN == deadLetters.arn)
            #expect(attributes.maxReceiveCount == 3)
            let plain = try await SQSClient(aws.client, queueURL: deadLetters.url).attributes()
            #expect(plain.deadLetterTargetARN == nil)
            #expect(plain.maxReceiveCount == nil)
            let url = try await SQSClient(aws.client, queueURL: main.url).queueURL(name: name)
            #expect(url == main.url)
        }
    }

    @Test func missingQueueIsNotFound() async throws {
        try await TestAWS.with { aws in
            let url = try await aws.createQueue().url
            let missing = SQSClient(aws.client, queueURL: url + "-none")
            for error in [
                await #expect(throws: AWSError.self) { try await missing.receive(waitSeconds: 0) },
                await #expect(throws: AWSError.self) { try await missing.send(body: "x") },
                await #expect(throws: AWSError.self) { try await missing.queueURL(name: TestAWS.uniqueName()) },
            ] {
                #expect(error?.kind == .notFound, "\(String(describing: error))")
            }
        }
    }
}

@Suite struct SecretsManagerClientTests {
    @Test func secretIsReadByNameAndARN() async throws {
        try await TestAWS.with { aws in
            let name = TestAWS.uniqueName("db")
            let value = #"{"username":"u","password":"p\"w€"}"#
            let arn = try await aws.createSecret(value, name: name)
            let secrets = SecretsManagerClient(aws.client)
            for id in [name, arn] {
                let text = try await secrets.secretString(id: id)
                #expect(text == value)
            }
            let error = await #expect(throws: AWSError.self) { try await secrets.secretString(id: name + "-none") }
            #expect(error?.kind == .notFound)
        }
    }

    @Test(arguments: [
        (#"{"SecretBinary":"eyJhIjoxfQ=="}"#, #"{"a":1}"#), (#"{"SecretBinary":"//79"}"#, nil), (#"{}"#, nil),
    ])
    func binarySecretIsText(answer: String, expected: String?) async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: answer)]) { server in
            let environment = try TestAWS.environment.merging(["AWS_ENDPOINT_URL": server.url]) { $1 }
            let client = try AWSClient.standard(environment: environment, logger: .init(label: "test.aws"))
            do throws(AWSError) {
                let text = try await SecretsManagerClient(client).secretString(id: "x")
                #expect(text == expected)
            } catch {
                #expect(error.kind == .invalidResponse)
                #expect(expected == nil)
            }
            await client.shutdown()
        }
    }
}
