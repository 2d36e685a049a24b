import AWS
import AnalysisAPI
import HTTP
import JSON
import LogOutput
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct DeadLetterCommandTests {
    private static let nowhere = "http://127.0.0.1:9"

    @Test func theListNamesObjectsAndReasonsAndKeepsTheMessages() async throws {
        try await DrainBench.with { bench in
            let entry = InventoryResponse.Entry(
                key: "videos/a.mp4", state: .failed, problem: Problem(code: .corruptVideo, detail: "no frame"))
            let body = InventoryResponse(entries: [entry]).json.serialized()
            try await ScriptedHTTPServer.with(replies: [.response(200, body: body)]) { server in
                let broken = try await bench.deadLetters.send(body: uploadBody("videos/a.mp4"))
                let malformed = try await bench.deadLetters.send(body: "not json")
                let end = try await bench.run(["dlq", "list", "--json"], service: server.url)
                #expect(end.ending == .exited(0), "\(end.standardError)")
                var letters: [String: JSONNode] = [:]
                for line in end.standardOutput.split(separator: "\n") {
                    let node = try JSON(parsing: String(line)).node
                    letters[try node["message_id"].string()] = node
                }
                #expect(letters.count == 2)
                #expect(try letters[broken]?["subject"].string() == "raw/videos/a.mp4")
                #expect(try letters[broken]?["reason"].string() == "corrupt_video: no frame")
                #expect(try letters[malformed]?["reason"].string() == "malformed message: unexpected word at byte 0")
                #expect(try await bench.counts(bench.deadLetters) == [2, 0])

                let text = try await bench.run(["dlq", "list"], service: server.url)
                let advice = ProblemCode.corruptVideo.advice
                #expect(text.standardOutput.contains("reason   corrupt_video: no frame\n  advice   \(advice)\n"))
            }
        }
    }

    @Test func showPrintsTheBody() async throws {
        try await DrainBench.with { bench in
            let id = try await bench.deadLetters.send(body: #"{"hello":["world"]}"#)
            let end = try await bench.run(["dlq", "show", id], service: Self.nowhere)
            #expect(end.ending == .exited(0), "\(end.standardError)")
            #expect(end.standardOutput.contains("\"hello\": [\n    \"world\"\n  ]"))
            #expect(try await bench.counts(bench.deadLetters) == [1, 0])

            let missing = try await bench.run(["dlq", "show", "no-such-id"], service: Self.nowhere)
            #expect(missing.ending == .exited(1))
            #expect(missing.standardError.contains("has no message no-such-id; dlq list shows which it has"))
        }
    }

    @Test func whatWouldMoveTheCursorIsEscaped() async throws {
        try await DrainBench.with { bench in
            let escaped = #"a\u001b[2K\u009b\u202e\r\nb\t.mp4"#
            let body = #"{"task_type":"ingestion","payload":{"bucket":"raw","key":"\#(escaped)"}}"#
            let id = try await bench.deadLetters.send(body: body)
            for command in [["dlq", "list"], ["dlq", "show", id]] {
                let end = try await bench.run(command, service: "")
                #expect(end.standardOutput.contains("  object   \"raw/\(escaped)\"\n"), "\(end.standardError)")
                #expect(!end.standardOutput.unicodeScalars.contains { $0 != "\n" && $0.isDisturbing })
            }
            // Still JSON, with the same text.
            let show = try await bench.run(["dlq", "show", id], service: "")
            let begin = try #require(show.standardOutput.firstIndex(of: "{"))
            #expect(try JSON(parsing: String(show.standardOutput[begin...])) == JSON(parsing: body))
            let malformed = try await bench.deadLetters.send(body: "\u{85}one\ttwo\nthree")
            let end = try await bench.run(["dlq", "show", malformed], service: "")
            #expect(end.standardOutput.hasSuffix("\n\\u0085one\\ttwo\nthree\n"), "\(end.standardOutput)")
        }
    }

    @Test func aReplayedMessageMovesToTheMainQueue() async throws {
        try await DrainBench.with { bench in
            let id = try await bench.deadLetters.send(body: uploadBody("videos/a.mp4"))
            for name in ["b", "c"] { try await bench.deadLetters.send(body: uploadBody("videos/\(name).mp4")) }

            let one = try await bench.run(["dlq", "replay", id], service: Self.nowhere)
            #expect(one.ending == .exited(0), "\(one.standardError)")
            #expect(one.standardOutput == "1 message was sent again.\n")
            #expect(try await bench.counts(bench.deadLetters) == [2, 0])
            #expect(try await bench.queue.receive(waitSeconds: 5).map(\.body) == [uploadBody("videos/a.mp4")])

            let rest = try await bench.run(["dlq", "replay", "--all"], service: Self.nowhere)
            #expect(rest.standardOutput == "2 messages were sent again.\n")
            #expect(try await bench.counts(bench.deadLetters) == [0, 0])
            #expect(try await bench.counts(bench.queue) == [2, 1])
        }
    }

    @Test func aMessageIsDiscardedOnlyWhenThatIsConfirmed() async throws {
        try await DrainBench.with { bench in
            let id = try await bench.deadLetters.send(body: uploadBody("videos/a.mp4"))
            for name in ["b", "c"] { try await bench.deadLetters.send(body: uploadBody("videos/\(name).mp4")) }

            // Standard input is at its end: nobody confirms.
            let asked = try await bench.run(["dlq", "discard", id], service: Self.nowhere)
            #expect(asked.ending == .exited(1))
            #expect(asked.standardOutput.contains("object   raw/videos/a.mp4"))
            #expect(asked.standardError.contains("not confirmed; nothing was discarded"))
            #expect(try await bench.counts(bench.deadLetters) == [3, 0])

            let one = try await bench.run(["dlq", "discard", id, "--yes"], service: Self.nowhere)
            #expect(one.ending == .exited(0), "\(one.standardError)")
            #expect(one.standardOutput.hasSuffix("1 message was discarded.\n"))
            #expect(try await bench.counts(bench.deadLetters) == [2, 0])

            let again = try await bench.run(["dlq", "discard", id, "--yes"], service: Self.nowhere)
            #expect(again.ending == .exited(1))
            let rest = try await bench.run(["dlq", "discard", "--all", "--yes"], service: Self.nowhere)
            #expect(rest.standardOutput.hasSuffix("2 messages were discarded.\n"))
            #expect(try await bench.counts(bench.deadLetters) == [0, 0])
            #expect(try await bench.counts(bench.queue) == [0, 0])
            let none = try await bench.run(["dlq", "discard", "--all"], service: Self.nowhere)
            #expect(none.ending == .exited(0))
            #expect(try await bench.run(["dlq", "discard"], service: Self.nowhere).ending == .exited(64))
        }
    }

    @Test func messagesThatAnotherReaderHoldsAreNamed() async throws {
        try await DrainBench.with { bench in
            for name in ["a", "b"] { try await bench.deadLetters.send(body: uploadBody("videos/\(name).mp4")) }
            var held = 0
            while held < 2 {
                held += try await bench.deadLetters.receive(maximum: 10, waitSeconds: 1, visibilityTimeoutSeconds: 600)
                    .count
            }
            for (command, expected) in [
                (["dlq", "list"], "2 messages are hidden"),
                (["dlq", "replay", "--all"], "0 messages were sent again.\n2 messages are hidden"),
            ] {
                let end = try await bench.run(command, service: Self.nowhere)
                #expect(end.ending == .exited(0), "\(end.standardError)")
                #expect(end.standardOutput.hasPrefix(expected))
            }
            let missing = try await bench.run(["dlq", "show", "no-such-id"], service: Self.nowhere)
            #expect(missing.ending == .exited(1))
            #expect(missing.standardError.contains("has no message no-such-id; 2 messages are hidden"))

            let seen = try await bench.deadLetters.send(body: uploadBody("videos/c.mp4"))
            let some = try await bench.run(["dlq", "list"], service: Self.nowhere)
            #expect(some.standardOutput.hasPrefix(seen))
            #expect(some.standardOutput.contains("\n2 messages are hidden"))
            let lines = try await bench.run(["dlq", "list", "--json"], service: Self.nowhere)
            #expect(try lines.standardOutput.split(separator: "\n").map { try JSON(parsing: String($0)) }.count == 1)
            #expect(lines.standardError.contains("2 messages are hidden"))
            #expect(try await bench.counts(bench.deadLetters) == [1, 2])
        }
    }

    @Test func anEmptyQueueSaysSo() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(["dlq", "list"], service: Self.nowhere)
            #expect(end.ending == .exited(0))
            #expect(end.standardOutput == "The dead-letter queue is empty.\n")
        }
    }

    @Test func aQueueWithoutARedrivePolicyHasNoDeadLetters() async throws {
        try await DrainBench.with { bench in
            let end = try await bench.run(
                ["dlq", "list"], service: Self.nowhere, adding: ["SQS_QUEUE_URL": bench.deadLetterURL])
            #expect(end.ending == .exited(78))
            #expect(end.standardError.contains("has no redrive policy"))
        }
    }
}
