import AWS
import ArgumentParser
import FoundationEssentials
import JSON
import LogOutput

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Look at the messages that no drain could handle, and send them again or discard them.",
        discussion: "The dead-letter queue is found by the redrive policy of SQS_QUEUE_URL.",
        subcommands: [List.self, Show.self, Replay.self, Discard.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the messages with what they ask for and why they failed.",
            discussion: """
                The reason of a failed analysis comes from analysis-service, when FASTAPI_ENDPOINT is set. The messages \
                stay in the queue; they are hidden from others only while the list is made.
                """)

        @Option(help: "List so many messages at most.")
        var limit = 100

        @Flag(help: "Print one JSON object a line.")
        var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number above 0.") }
        }

        func run() async throws {
            try await withDeadLetterQueue { queue, reasons throws in
                let (messages, note) = try await queue.messages(limit: limit)
                for letter in await DeadLetter.read(messages, reasons: reasons) {
                    print(json ? letter.json.serialized() : letter.text)
                }
                if json {
                    if let note { queue.logger.warning("Messages are hidden", metadata: ["note": "\(note)"]) }
                } else if messages.isEmpty || note != nil {
                    print(note ?? "The dead-letter queue is empty.")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one message with its body.")

        @Argument(help: "The message's id, as dlq list shows it.")
        var messageID: String

        func run() async throws {
            try await withDeadLetterQueue { queue, reasons throws in
                let message = try await queue.message(id: messageID)
                for letter in await DeadLetter.read([message], reasons: reasons) { print(letter.text) }
                do {
                    print(try JSON(parsing: message.body).serialized(pretty: true).onLines)
                } catch {
                    print(message.body.onLines)
                }
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send messages to the main queue again, and delete them here.",
            discussion: "Sent first, deleted then: interrupted, a message may be in both queues, never in neither.")

        @Argument(help: "The message's id, as dlq list shows it.")
        var messageID: String?

        @Flag(help: "Replay every message.")
        var all = false

        func validate() throws {
            guard all == (messageID == nil) else { throw ValidationError("Give either a message's id or --all.") }
        }

        func run() async throws {
            try await withDeadLetterQueue { queue, _ throws in
                let (moved, note) = try await queue.replay(id: messageID)
                print(moved == 1 ? "1 message was sent again." : "\(moved) messages were sent again.")
                if all, let note { print(note) }
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete messages for good, after showing them with their reasons and asking.",
            discussion: "Only messages that were shown are deleted; what arrives meanwhile stays.")

        @Argument(help: "The message's id, as dlq list shows it.")
        var messageID: String?

        @Flag(help: "Discard every message.")
        var all = false

        @Flag(help: "Do not ask.")
        var yes = false

        func validate() throws {
            guard all == (messageID == nil) else { throw ValidationError("Give either a message's id or --all.") }
        }

        func run() async throws {
            try await withDeadLetterQueue { queue, reasons throws in
                let (messages, note): ([SQSMessage], String?) =
                    if let messageID { ([try await queue.message(id: messageID)], nil) } else {
                        try await queue.messages(limit: .max)
                    }
                if messages.isEmpty || note != nil { print(note ?? "The dead-letter queue is empty.") }
                if messages.isEmpty { return }
                for letter in await DeadLetter.read(messages, reasons: reasons) { print(letter.text) }
                try confirm(messageID ?? "all", count: messages.count)
                let count = try await queue.discard(ids: Set(messages.map(\.messageID)))
                print(count == 1 ? "1 message was discarded." : "\(count) messages were discarded.")
            }
        }

        private func confirm(_ word: String, count: Int) throws(NotConfirmed) {
            if yes { return }
            print("Discard \(count == 1 ? "this message" : "these \(count) messages")? Type \(word) to confirm: ")
            guard readLine() == word else { throw NotConfirmed() }
        }
    }
}

struct NotConfirmed: Error, CustomStringConvertible {
    var description: String { "not confirmed; nothing was discarded" }
}

/// Finds queue and service as the environment names them.
private func withDeadLetterQueue(
    _ body: @Sendable (DeadLetterQueue, FailureReasons?) async throws -> Void
) async throws {
    try await Session.run { session throws in
        let configuration = try QueueConfiguration(environment: session.environment)
        let mainQueue = SQSClient(session.aws, queueURL: configuration.queueURL)
        let queue = try await DeadLetterQueue(of: mainQueue, session.aws, logger: session.logger)
        let reasons = configuration.endpoint.map {
            // A person waits: a service that is away is not waited for.
            let service = AnalysisClient(
                http: session.http, endpoint: ServiceEndpoint($0), token: configuration.internalToken,
                patience: .init(outage: .zero), logger: session.logger)
            return FailureReasons(service: service, bucket: configuration.bucket)
        }
        try await body(queue, reasons)
        return .success
    }
}

extension DeadLetter {
    fileprivate var text: String {
        """
        \(message.messageID)
          sent     \(message.sentTimestamp.formatted(.iso8601)), received \(message.receiveCount) times
          object   \(subject?.onOneLine ?? "-")
          reason   \(reason.onOneLine)\(advice.map { "\n  advice   \($0)" } ?? "")
        """
    }
}
