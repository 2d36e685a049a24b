import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@Suite struct HTTPClientDownloadTests {
    @Test func bodiesAreWrittenAtTheirOffsets() async throws {
        try await ScriptedHTTPServer.with({ .response(206, body: String($0.target.dropFirst())) }) { server in
            try await withFile { file, path in
                let client = HTTPClient()
                let counted = Counter()
                try await withThrowingTaskGroup { group in
                    for (offset, text) in [(6, "world"), (0, "hello "), (11, "!")] {
                        group.addTask {
                            let response = try await client.download(
                                HTTPRequest(url: "\(server.url)/\(text.replacing(" ", with: "_"))"), to: file,
                                at: Int64(offset)
                            ) { count in counted.value.withLock { $0 += count } }
                            #expect(response.body.isEmpty)
                            #expect(response.bodyBytes == text.count)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(counted.value.withLock { $0 } == 12)
                let text = try String(contentsOfFile: path, encoding: .utf8)
                #expect(text == "hello_world!")
            }
        }
    }

    @Test func errorBodyStaysOutOfTheFile() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(404, body: "no such key")]) { server in
            try await withFile { file, path in
                let response = try await HTTPClient().download(HTTPRequest(url: server.url), to: file, at: 0)
                #expect(response.status == 404)
                #expect(response.body == Array("no such key".utf8))
                let size = try Data(contentsOf: URL(filePath: path)).count
                #expect(size == 0)
            }
        }
    }

    @Test func longerBodyThanAllowedDoesNotRunIntoTheNextPart() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: "0123456789")]) { server in
            try await withFile { file, path in
                let request = HTTPRequest(url: server.url, maximumResponseBytes: 5)
                let error = await #expect(throws: HTTPError.self) {
                    try await HTTPClient().download(request, to: file, at: 0)
                }
                #expect(error?.kind == .tooLarge)
                let size = try Data(contentsOf: URL(filePath: path)).count
                #expect(size <= 5)
            }
        }
    }

    @Test(arguments: [("/dev/full", "disk full"), ("/dev/null", "Bad file descriptor")])
    func failedWriteIsAFileError(path: String, reason: String) async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: "0123456789")]) { server in
            let file = open(path, path == "/dev/full" ? O_WRONLY : O_RDONLY)
            defer { close(file) }
            let error = await #expect(throws: HTTPError.self) {
                try await HTTPClient().download(HTTPRequest(url: server.url), to: file, at: 0)
            }
            #expect(error?.kind == .file)
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        }
    }

    private func withFile(_ body: (Int32, String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "http-\(UUID().uuidString)").path()
        let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
        try #require(file >= 0)
        defer {
            close(file)
            unlink(path)
        }
        try await body(file, path)
    }
}

private final class Counter: Sendable {
    let value = Mutex(0)
}
