import Glibc
import HTTP
import TestSupport
import Testing

@Suite struct HTTPClientLifetimeTests {
    @Test func cancellingTheTaskClosesTheConnection() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let client = HTTPClient()
            let task = Task { try await client.send(HTTPRequest(url: server.url, timeoutSeconds: 3600)) }
            try await eventually("the request") { server.requests.count == 1 }
            task.cancel()
            let error = await #expect(throws: HTTPError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            try await eventually("the end of the connection") { server.openConnections == 0 }
        }
    }

    @Test func cancelledTaskSendsNothing() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let client = HTTPClient()
            let task = Task {
                try await eventually("cancellation") { Task.isCancelled }
                return try await client.send(HTTPRequest(url: server.url, timeoutSeconds: 3600))
            }
            task.cancel()
            let error = await #expect(throws: (any Error).self) { try await task.value }
            #expect((error as? HTTPError)?.kind == .cancelled || error is CancellationError)
        }
    }

    @Test func manyCancellationsLeaveNoTransferBehind() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let client = HTTPClient()
            let kinds = await withTaskGroup(of: HTTPError.Kind?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        do throws(HTTPError) {
                            _ = try await client.send(HTTPRequest(url: server.url, timeoutSeconds: 3600))
                            return nil
                        } catch {
                            return error.kind
                        }
                    }
                }
                group.cancelAll()
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(kinds.allSatisfy { $0 == .cancelled })
            try await eventually("the end of the connections") { server.openConnections == 0 }
        }
    }

    @Test func shutdownEndsWhatRunsAndRefusesTheRest() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let client = HTTPClient()
            let task = Task { try await client.send(HTTPRequest(url: server.url, timeoutSeconds: 3600)) }
            try await eventually("the request") { server.requests.count == 1 }
            await client.shutdown()
            await client.shutdown()
            let running = await #expect(throws: HTTPError.self) { try await task.value }
            #expect(running?.kind == .cancelled)
            let later = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: server.url)) }
            #expect(later?.kind == .cancelled)
        }
    }

    @Test func lastReferenceEndsTheThread() async throws {
        await #expect(processExitsWith: .success) {
            let before = try threadNames().count
            let server = try ScriptedHTTPServer(replies: [.close("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
            for _ in 0..<20 { _ = try await HTTPClient().send(HTTPRequest(url: server.url)) }
            try await eventually("the threads' end") { try threadNames().count <= before + 4 }
        }
    }

    @Test(arguments: ["http", "https"]) func processMayExitWhileTransfersRun(scheme: String) async throws {
        await #expect(processExitsWith: .exitCode(0)) { [scheme] in
            let server = try ScriptedHTTPServer(replies: [.hold()])
            let url = "\(scheme)://127.0.0.1:\(server.port)/"
            for _ in 0..<4 {
                let client = HTTPClient()
                for _ in 0..<8 {
                    Task { try await client.send(HTTPRequest(url: url, timeoutSeconds: 3600)) }
                }
            }
            // Some wait for an answer, some are in the middle of their handshake.
            try await eventually("connections") { server.openConnections > 4 }
            exit(0)
        }
    }
}

private func threadNames() throws -> [String] {
    let folder = try #require(opendir("/proc/self/task"))
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    return names.filter { !$0.hasPrefix(".") }
}
