import Glibc
import HTTP
import TestSupport
import Testing

@Suite struct HTTPClientFailureTests {
    struct BadReply: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: ScriptedHTTPServer.Reply
        var kind: HTTPError.Kind
        var testDescription: String { name }
    }

    static let badReplies = [
        BadReply(name: "closed without a word", reply: .close(), kind: .connection),
        BadReply(
            name: "body cut short", reply: .close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
            kind: .connection),
        BadReply(
            name: "body longer than allowed", reply: .hold("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + long),
            kind: .tooLarge),
        BadReply(
            name: "chunks longer than allowed",
            reply: .hold("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + long + "\r\n"),
            kind: .tooLarge),
        BadReply(name: "no answer", reply: .hold(), kind: .timedOut),
        BadReply(
            name: "answer that stops", reply: .hold("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
            kind: .timedOut),
        BadReply(name: "not HTTP", reply: .close("hello, I am a mail server\r\n"), kind: .other),
    ]

    private static let long = String(repeating: "x", count: 101)

    @Test(arguments: badReplies) func badReplyIsATypedError(_ bad: BadReply) async throws {
        try await ScriptedHTTPServer.with(replies: [bad.reply]) { server in
            let timeout = bad.kind == .timedOut ? 0.3 : 60
            let request = HTTPRequest(
                url: server.url, timeoutSeconds: timeout, connectTimeoutSeconds: 60, maximumResponseBytes: 100)
            let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
            #expect(error?.kind == bad.kind, "\(String(describing: error))")
        }
    }

    @Test func bodyOfExactlyTheLimitIsAccepted() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: "12345")]) { server in
            let response = try await HTTPClient().send(HTTPRequest(url: server.url, maximumResponseBytes: 5))
            #expect(response.body.count == 5)
        }
    }

    @Test func stalledTransferEndsByItsSpeed() async throws {
        let reply = ScriptedHTTPServer.Reply.hold("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        try await ScriptedHTTPServer.with(replies: [reply]) { server in
            let request = HTTPRequest(url: server.url, timeoutSeconds: 3600, lowSpeedSeconds: 1)
            let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func refusedConnectionIsAConnectionError() async throws {
        let server = try ScriptedHTTPServer(replies: [.response(200)])
        server.stop()
        let request = HTTPRequest(url: server.url, connectTimeoutSeconds: 60)
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(error?.kind == .connection)
    }

    @Test func plainServerIsATLSError() async throws {
        try await ScriptedHTTPServer.with(replies: [.close("HTTP/1.1 400 Bad Request\r\n\r\n")]) { server in
            let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/", connectTimeoutSeconds: 60)
            // The server waits for the end of a request head, which a handshake does not hold: it is stopped instead.
            let task = Task { try await HTTPClient().send(request) }
            try await eventually("the connection") { server.openConnections == 1 }
            server.stop()
            let error = await #expect(throws: HTTPError.self) { try await task.value }
            #expect(error?.kind == .tls || error?.kind == .connection)
        }
    }

    @Test(arguments: ["ftp://127.0.0.1/x", "file:///etc/hostname", "http://", "no url", ""])
    func otherURLsAreRefused(url: String) async {
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(HTTPRequest(url: url)) }
        #expect(error?.kind == .invalidURL, "\(String(describing: error))")
    }

    @Test(arguments: [("X-A", "1\r\nX-B: 2"), ("X-A", "1\0"), ("X A", "1"), ("", "1"), ("X:", "1")])
    func headerThatWouldSplitTheRequestIsRefused(name: String, value: String) async {
        let request = HTTPRequest(url: "http://127.0.0.1:9/", headers: [name: value])
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(error?.message.contains("header") == true)
    }

    @Test func errorShowsNeitherQueryNorUser() async {
        let request = HTTPRequest(url: "ftp://user:secret@127.0.0.1/path?X-Amz-Signature=abc#f")
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(error?.url == "ftp://127.0.0.1/path")
    }
}
