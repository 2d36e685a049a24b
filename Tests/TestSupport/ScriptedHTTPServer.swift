import Glibc
import HTTP
import Synchronization

/// An HTTP server on a free loopback port that answers as a test says, also against the protocol.
///
/// Every connection has a thread of its own, so it never takes one from the tests' cooperative pool.
package final class ScriptedHTTPServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// As it was sent: path and query.
        package var target: String
        package var headers: HTTPHeaders
        package var body: [UInt8]
        /// Which connection it came on, from 0.
        package var connection: Int
    }

    package enum Reply: Sendable {
        case response(_ status: Int, headers: HTTPHeaders = [:], body: String = "")
        /// These bytes, then the connection stays open without a word more.
        case hold(_ bytes: String = "")
        /// These bytes, then the connection is closed.
        case close(_ bytes: String = "")
    }

    private struct State {
        var requests: [Request] = []
        /// Open sockets; nil once stopped.
        var sockets: Set<Int32>? = []
        var connections = 0
    }

    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let answer: @Sendable (Request) -> Reply

    /// - Parameter answer: called on a connection's thread.
    package init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw TimedOut("no port to listen on: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        try startThread { self.accept() }
    }

    /// Answers the first request with the first reply and so on; the last reply is repeated.
    package convenience init(replies: [Reply]) throws {
        let next = Mutex(0)
        try self.init { _ in
            next.withLock { next in
                defer { next += 1 }
                return replies[min(next, replies.count - 1)]
            }
        }
    }

    deinit { close(listener) }

    package var url: String { "http://127.0.0.1:\(port)" }

    /// What came so far, in the order of arrival.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Connections that are open now.
    package var openConnections: Int { state.withLock { $0.sockets?.count ?? 0 } }

    /// Ends every connection and takes no more.
    package func stop() {
        let sockets = state.withLock { state in
            defer { state.sockets = nil }
            return state.sockets ?? []
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// A server for the length of the closure.
    package static func with<Result>(
        _ answer: @escaping @Sendable (Request) -> Reply, _ body: (ScriptedHTTPServer) async throws -> Result
    ) async throws -> Result {
        let server = try ScriptedHTTPServer(answer)
        defer { server.stop() }
        return try await body(server)
    }

    /// The same with a list of replies.
    package static func with<Result>(
        replies: [Reply], _ body: (ScriptedHTTPServer) async throws -> Result
    ) async throws -> Result {
        let server = try ScriptedHTTPServer(replies: replies)
        defer { server.stop() }
        return try await body(server)
    }

    // MARK: On the server's threads

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            if socket < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            let connection = state.withLock { state -> Int? in
                guard state.sockets != nil else { return nil }
                state.sockets?.insert(socket)
                state.connections += 1
                return state.connections - 1
            }
            guard let connection else {
                close(socket)
                return
            }
            do {
                try startThread { self.serve(socket, connection) }
            } catch {
                finish(socket)
            }
        }
    }

    private func serve(_ socket: Int32, _ connection: Int) {
        var buffer: [UInt8] = []
        while let request = readRequest(socket, &buffer, connection) {
            state.withLock { $0.requests.append(request) }
            switch answer(request) {
            case .response(let status, var headers, let body):
                if headers["Content-Length"] == nil { headers.set("Content-Length", String(body.utf8.count)) }
                let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
                write("HTTP/1.1 \(status) Scripted\r\n\(lines)\r\n\(request.method == "HEAD" ? "" : body)", to: socket)
            case .hold(let bytes):
                write(bytes, to: socket)
                while let more = receive(socket), !more.isEmpty {}
                finish(socket)
                return
            case .close(let bytes):
                write(bytes, to: socket)
                finish(socket)
                return
            }
        }
        finish(socket)
    }

    private func finish(_ socket: Int32) {
        // Closed under the lock: `stop` must not shut down a number that was given away again.
        state.withLock { state in
            state.sockets?.remove(socket)
            _ = close(socket)
        }
    }

    private func readRequest(_ socket: Int32, _ buffer: inout [UInt8], _ connection: Int) -> Request? {
        var end = buffer.firstRange(of: Array("\r\n\r\n".utf8))
        while end == nil {
            guard let bytes = receive(socket), !bytes.isEmpty else { return nil }
            buffer += bytes
            end = buffer.firstRange(of: Array("\r\n\r\n".utf8))
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var request = Request(
            method: String(words[0]), target: String(words[1]), headers: [:], body: [], connection: connection)
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }
            request.headers.add(String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
        }
        buffer.removeSubrange(..<end.upperBound)
        let length = request.headers["Content-Length"].flatMap { Int($0) } ?? 0
        while buffer.count < length {
            guard let bytes = receive(socket), !bytes.isEmpty else { return nil }
            buffer += bytes
        }
        request.body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return request
    }

    private func receive(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private func write(_ text: String, to socket: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ run: @escaping @Sendable () -> Void) throws {
    var thread = pthread_t()
    let body = Unmanaged.passRetained(ThreadBody(run))
    let code = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, body.toOpaque())
    guard code == 0 else {
        body.release()
        throw TimedOut("no thread: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
}
