import Foundation
import HTTP
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AWS

@Suite struct AWSClientTests {
    private static let message = """
        {"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"b","Attributes":{"ApproximateReceiveCount":"2",\
        "SentTimestamp":"1700000000123"}}]}
        """

    private func client(
        _ server: ScriptedHTTPServer, maximumAttempts: Int = 3, baseSeconds: Double = 0.001,
        now: @escaping @Sendable () -> Date = { Date.now }
    ) throws -> AWSClient {
        var configuration = try AWSConfiguration.load(environment: [
            "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": server.url,
        ])
        configuration.retry = RetryPolicy(
            maximumAttempts: maximumAttempts, baseSeconds: baseSeconds, maximumSeconds: 3600)
        return AWSClient(
            configuration: configuration, http: HTTPClient(),
            credentials: StaticCredentials(AWSCredentials(accessKeyID: "A", secretAccessKey: "S")),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: now)
    }

    private func queue(_ client: AWSClient) -> SQSClient { SQSClient(client, queueURL: "http://q/1/main") }

    // MARK: Retries

    struct Passing: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reply: ScriptedHTTPServer.Reply
    }

    static let passing = [
        Passing(testDescription: "500", reply: .response(500)),
        Passing(testDescription: "503", reply: .response(503, body: "<html>")),
        Passing(testDescription: "429", reply: .response(429)),
        Passing(testDescription: "connection closed", reply: .close()),
        Passing(testDescription: "answer cut short", reply: .close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")),
        Passing(
            testDescription: "throttled",
            reply: .response(400, body: #"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow"}"#)),
    ]

    @Test(arguments: passing) func passingFailureIsTriedAgain(_ passing: Passing) async throws {
        let replies = [passing.reply, passing.reply, .response(200, body: Self.message)]
        try await ScriptedHTTPServer.with(replies: replies) { server in
            let messages = try await queue(try client(server)).receive()
            #expect(
                messages == [
                    SQSMessage(
                        messageID: "m", receiptHandle: "r", body: "b", receiveCount: 2,
                        sentTimestamp: Date(timeIntervalSince1970: 1_700_000_000.123))
                ])
            #expect(server.requests.count == 3)
        }
    }

    @Test func retriesEndAtTheLimit() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(503)]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await queue(try client(server, maximumAttempts: 4)).delete(receiptHandle: "r")
            }
            #expect(error?.kind == .server)
            #expect(error?.isRetryable == true)
            #expect(server.requests.count == 4)
        }
    }

    @Test(arguments: [400, 403, 404, 412, 501]) func lastingFailureIsNotTriedAgain(status: Int) async throws {
        try await ScriptedHTTPServer.with(replies: [.response(status)]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await queue(try client(server)).delete(receiptHandle: "r")
            }
            #expect(error?.status == status)
            #expect(error?.isRetryable == false)
            #expect(server.requests.count == 1)
        }
    }

    @Test func cancellationEndsThePauseBetweenAttempts() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(503)]) { server in
            let queue = queue(try client(server, maximumAttempts: 100, baseSeconds: 3600))
            let task = Task { try await queue.delete(receiptHandle: "r") }
            try await eventually("the first attempt") { server.requests.count == 1 }
            task.cancel()
            let error = await #expect(throws: AWSError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
        }
    }

    @Test func cancellationEndsALongPoll() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let queue = queue(try client(server))
            let task = Task { try await queue.receive(waitSeconds: 20) }
            try await eventually("the poll") { server.requests.count == 1 }
            task.cancel()
            let error = await #expect(throws: AWSError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Clock

    /// Answers `denial` with the server's time until the request is signed for that time.
    private func withServerClock(
        _ time: String, denial: String, _ body: (ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let answer: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply = { request in
            let isInTime = request.headers["X-Amz-Date"]?.hasPrefix("20240102T0304") == true
            var headers: HTTPHeaders = ["Date": time, "ETag": "\"e\""]
            if request.method == "HEAD" { headers.set("Content-Length", "7") }
            return .response(isInTime ? 200 : 403, headers: headers, body: isInTime ? "{}" : denial)
        }
        try await ScriptedHTTPServer.with(answer, body)
    }

    private static let serverTime = "Tue, 02 Jan 2024 03:04:05 GMT"

    @Test(arguments: [
        #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#,
        #"{"__type":"com.amazonaws.sqs#RequestExpired"}"#,
    ])
    func wrongClockIsCorrectedOnce(denial: String) async throws {
        try await withServerClock(Self.serverTime, denial: denial) { server in
            let ours = Date(timeIntervalSince1970: 1_600_000_000)
            let queue = queue(try client(server, maximumAttempts: 1, now: { ours }))
            try await queue.delete(receiptHandle: "r")
            try await queue.delete(receiptHandle: "r")
            // The second call is signed with the corrected time at once.
            #expect(server.requests.count == 3)
        }
    }

    @Test func wrongClockIsCorrectedAfterABodilessAnswer() async throws {
        try await withServerClock(Self.serverTime, denial: "") { server in
            let s3 = S3Client(
                try client(server, maximumAttempts: 1, now: { Date(timeIntervalSince1970: 1_600_000_000) }))
            #expect(try await s3.head(bucket: "raw", key: "k").size == 7)
            #expect(server.requests.count == 2)
        }
    }

    @Test func wrongSecretIsNotTakenForAWrongClock() async throws {
        let denial = #"{"__type":"InvalidSignatureException","message":"does not match"}"#
        try await ScriptedHTTPServer.with(replies: [.response(403, headers: ["Date": Self.serverTime], body: denial)]) {
            server in
            let now = try #require(httpDate(Self.serverTime)).addingTimeInterval(100)
            let error = await #expect(throws: AWSError.self) {
                try await queue(try client(server, now: { now })).delete(receiptHandle: "r")
            }
            #expect(error?.kind == .accessDenied)
            #expect(error?.code == "InvalidSignatureException")
            #expect(server.requests.count == 1)
        }
    }

    @Test func clockIsCorrectedAtMostOnceACall() async throws {
        let denial = #"{"__type":"RequestExpired"}"#
        try await ScriptedHTTPServer.with(replies: [.response(403, headers: ["Date": Self.serverTime], body: denial)]) {
            server in
            // A clock that jumps, so that every answer looks skewed.
            let next = Mutex(0.0)
            let now: @Sendable () -> Date = {
                next.withLock { next in
                    next += 100_000
                    return Date(timeIntervalSince1970: next)
                }
            }
            let queue = queue(try client(server, now: now))
            await #expect(throws: AWSError.self) { try await queue.delete(receiptHandle: "r") }
            #expect(server.requests.count == 2)
        }
    }

    // MARK: Errors

    struct Failure: Sendable, CustomTestStringConvertible {
        var status: Int
        var headers: HTTPHeaders = [:]
        var body: String
        var kind: AWSError.Kind
        var code: String?
        var message: String
        var testDescription: String { "\(status) \(code ?? "") \(kind)" }
    }

    static let jsonFailures = [
        Failure(
            status: 400, body: #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#,
            kind: .notFound, code: "QueueDoesNotExist", message: "no queue"),
        Failure(
            status: 400, headers: ["x-amzn-ErrorType": "AccessDeniedException:http://internal/"],
            body: #"{"Message":"denied"}"#, kind: .accessDenied, code: "AccessDeniedException", message: "denied"),
        Failure(
            status: 400, body: #"{"__type":"InvalidAddress"}"#, kind: .client, code: "InvalidAddress", message: "400"),
        Failure(status: 404, body: "<html>proxy</html>", kind: .notFound, message: "404"),
    ]

    @Test(arguments: jsonFailures) func jsonErrorIsRead(_ failure: Failure) async throws {
        let reply = ScriptedHTTPServer.Reply.response(
            failure.status, headers: failure.headers.adding("x-amzn-RequestId", "id-1"), body: failure.body)
        try await ScriptedHTTPServer.with(replies: [reply]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await queue(try client(server)).delete(receiptHandle: "r")
            }
            expect(error, failure)
            #expect(error?.operation == "DeleteMessage")
        }
    }

    static let xmlFailures = [
        Failure(
            status: 404, body: "<Error><Code>NoSuchKey</Code><Message>The key &lt;x&gt;</Message></Error>",
            kind: .notFound, code: "NoSuchKey", message: "The key <x>"),
        Failure(
            status: 412, body: "<Error><Code>PreconditionFailed</Code><Message>If-Match</Message></Error>",
            kind: .preconditionFailed, code: "PreconditionFailed", message: "If-Match"),
        Failure(
            status: 403, body: "<Error><Code>SignatureDoesNotMatch</Code><Message>secret</Message></Error>",
            kind: .accessDenied, code: "SignatureDoesNotMatch", message: "secret"),
        Failure(
            status: 301, headers: ["x-amz-bucket-region": "us-west-2"],
            body: "<Error><Code>PermanentRedirect</Code><Message>use the endpoint</Message></Error>",
            kind: .client, code: "PermanentRedirect", message: "us-west-2"),
        Failure(status: 400, body: "not XML", kind: .client, message: "400"),
    ]

    @Test(arguments: xmlFailures) func xmlErrorIsRead(_ failure: Failure) async throws {
        let reply = ScriptedHTTPServer.Reply.response(
            failure.status, headers: failure.headers.adding("x-amz-request-id", "id-1"), body: failure.body)
        try await ScriptedHTTPServer.with(replies: [reply]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await S3Client(try client(server)).get(bucket: "raw", key: "k")
            }
            expect(error, failure)
            #expect(error?.operation == "GetObject")
        }
    }

    private func expect(_ error: AWSError?, _ failure: Failure) {
        #expect(error?.kind == failure.kind)
        #expect(error?.code == failure.code)
        #expect(error?.message.contains(failure.message) == true, "\(String(describing: error))")
        #expect(error?.requestID == "id-1")
        #expect(error?.status == failure.status)
    }

    @Test func undocumentedAnswerIsNamed() async throws {
        for body in ["{\"Messages\":{}}", "{\"Messages\":[{}]}", "<xml/>"] {
            try await ScriptedHTTPServer.with(replies: [.response(200, body: body)]) { server in
                let error = await #expect(throws: AWSError.self) { try await queue(try client(server)).receive() }
                #expect(error?.kind == .invalidResponse)
            }
        }
    }
}

extension HTTPHeaders {
    fileprivate func adding(_ name: String, _ value: String) -> HTTPHeaders {
        var headers = self
        headers.add(name, value)
        return headers
    }
}
