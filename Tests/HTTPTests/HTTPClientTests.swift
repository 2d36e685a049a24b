import Glibc
import HTTP
import TestSupport
import Testing

@Suite struct HTTPClientTests {
    @Test func requestArrivesAsItWasWritten() async throws {
        let headers: HTTPHeaders = ["X-One": "1", "X-Empty": "", "Content-Type": "text/plain"]
        try await ScriptedHTTPServer.with(replies: [.response(201, headers: ["X-Reply": "yes"], body: "done")]) {
            server in
            let response = try await HTTPClient().send(
                HTTPRequest(
                    method: "PUT", url: server.url + "/a/../b//c/./%2F?x=%2f+y&z", headers: headers,
                    body: Array("hello".utf8)))
            #expect(response.status == 201)
            #expect(response.headers["x-REPLY"] == "yes")
            #expect(String(decoding: response.body, as: UTF8.self) == "done")
            #expect(response.bodyBytes == 4)
            let request = try #require(server.requests.first)
            #expect(request.method == "PUT")
            #expect(request.target == "/a/../b//c/./%2F?x=%2f+y&z")
            #expect(request.headers["X-One"] == "1")
            #expect(request.headers["X-Empty"] == "")
            #expect(request.headers["Content-Type"] == "text/plain")
            #expect(request.body == Array("hello".utf8))
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH"]) func bodilessRequestSaysSo(method: String) async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200)]) { server in
            let client = HTTPClient()
            _ = try await client.send(HTTPRequest(method: method, url: server.url))
            _ = try await client.send(HTTPRequest(method: method, url: server.url, body: []))
            for request in server.requests {
                #expect(request.method == method)
                #expect(request.headers["Content-Length"] == "0")
                #expect(request.headers["Content-Type"] == nil)
                #expect(request.headers["Expect"] == nil)
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func largeBodyIsSentWithoutAskingFirst() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200)]) { server in
            let body = [UInt8](repeating: 7, count: 3 << 20)
            _ = try await HTTPClient().send(HTTPRequest(method: "POST", url: server.url, body: body))
            #expect(server.requests.first?.headers["Expect"] == nil)
            #expect(server.requests.first?.body == body)
        }
    }

    @Test func headResponseHasALengthAndNoBody() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, headers: ["Content-Length": "12345"])]) { server in
            let response = try await HTTPClient().send(HTTPRequest(method: "HEAD", url: server.url))
            #expect(response.headers["Content-Length"] == "12345")
            #expect(response.body.isEmpty)
        }
    }

    @Test func informationalResponseIsSkipped() async throws {
        let bytes = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await ScriptedHTTPServer.with(replies: [.hold(bytes)]) { server in
            let response = try await HTTPClient().send(HTTPRequest(url: server.url))
            #expect(response.status == 200)
            #expect(response.headers["Link"] == nil)
            #expect(response.body == Array("ok".utf8))
        }
    }

    @Test func errorStatusIsAResponse() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(503, body: "busy")]) { server in
            let response = try await HTTPClient().send(HTTPRequest(url: server.url))
            #expect(response.status == 503)
            #expect(response.body == Array("busy".utf8))
        }
    }

    @Test func redirectIsNotFollowed() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(302, headers: ["Location": "/elsewhere"])]) { server in
            let response = try await HTTPClient().send(HTTPRequest(url: server.url))
            #expect(response.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func connectionIsKeptAlive() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: "x")]) { server in
            let client = HTTPClient()
            for _ in 0..<4 { _ = try await client.send(HTTPRequest(url: server.url)) }
            #expect(server.requests.map(\.connection) == [0, 0, 0, 0])
        }
    }

    @Test func manyRequestsRunAtOnce() async throws {
        try await ScriptedHTTPServer.with({ .response(200, body: $0.target) }) { server in
            let client = HTTPClient()
            let bodies = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        let response = try await client.send(HTTPRequest(url: "\(server.url)/\(index)"))
                        return String(decoding: response.body, as: UTF8.self)
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(bodies == Set((0..<50).map { "/\($0)" }))
        }
    }

    @Test func connectionSocketsAreClosedInChildProcesses() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200)]) { server in
            let client = HTTPClient()
            _ = try await client.send(HTTPRequest(url: server.url))
            let flags = (3..<Int32(4096)).filter { peerPort(of: $0) == server.port }.map { fcntl($0, F_GETFD) }
            #expect(!flags.isEmpty)
            #expect(flags.allSatisfy { $0 & FD_CLOEXEC != 0 })
            await client.shutdown()
        }
    }

    @Test func loopbackNeedsNoProxy() async throws {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("no_proxy", "example.com", 1)
            let server = try ScriptedHTTPServer(replies: [.response(200)])
            let client = HTTPClient()
            for host in ["127.0.0.1", "localhost"] {
                let response = try await client.send(HTTPRequest(url: "http://\(host):\(server.port)/"))
                #expect(response.status == 200)
            }
        }
    }

    @Test func proxyOfTheEnvironmentIsUsed() async throws {
        await #expect(processExitsWith: .success) {
            let proxy = try ScriptedHTTPServer(replies: [.response(200, body: "by proxy")])
            setenv("http_proxy", proxy.url, 1)
            let response = try await HTTPClient().send(HTTPRequest(url: "http://framelake.invalid/x"))
            #expect(response.body == Array("by proxy".utf8))
            #expect(proxy.requests.first?.target == "http://framelake.invalid/x")
        }
    }

    private func peerPort(of socket: Int32) -> Int? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) }
        }
        return code == 0 && address.sin_family == AF_INET ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
