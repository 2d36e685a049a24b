import AWS
import AnalysisAPI
import FoundationEssentials
import JSON

/// A message of the dead-letter queue with what can be said about it.
struct DeadLetter: Sendable, Hashable {
    let message: SQSMessage
    /// What it asks for, such as `capstone-dev-raw/videos/test-001.mp4`; nil when that cannot be read.
    let subject: String?
    /// Why it is here, as far as that is known.
    let reason: String
    /// What to do about it, where the service says so.
    let advice: String?

    /// Letters of messages, in their order.
    /// - Parameter reasons: nil when no service is configured. Asked for all of them together.
    static func read(_ messages: [SQSMessage], reasons: FailureReasons?) async -> [DeadLetter] {
        let contents = messages.map { message in
            Result { () throws(JSONError) in try Envelope(body: message.body).items }
        }
        let requests = contents.flatMap { content -> [AnalyzeRequest] in
            guard case .success(let items) = content else { return [] }
            return items.compactMap { item in
                guard case .analyze(let request) = item else { return nil }
                return request
            }
        }
        let found = await reasons?.reasons(for: requests)
        return zip(messages, contents).map { DeadLetter($0, $1, found) }
    }

    private init(
        _ message: SQSMessage, _ content: Result<[Envelope.Item], JSONError>,
        _ reasons: [AnalyzeRequest: FailureReasons.Reason]?
    ) {
        self.message = message
        let items: [Envelope.Item]
        switch content {
        case .success(let read): items = read
        case .failure(let error):
            subject = nil
            reason = "malformed message: \(error)"
            advice = nil
            return
        }
        var subjects: [String] = []
        var found: [String] = []
        var advice: [String] = []
        for item in items {
            switch item {
            case .ignore: continue
            case .remove(let removal): subjects.append("removal of \(removal.bucket)/\(removal.key)")
            case .analyze(let request):
                subjects.append("\(request.bucket)/\(request.key)")
                guard let reason = reasons?[request] else { continue }
                found.append(reason.text)
                if let text = reason.advice, !advice.contains(text) { advice.append(text) }
            }
        }
        self.advice = advice.isEmpty ? nil : advice.joined(separator: " ")
        subject = subjects.isEmpty ? nil : subjects.joined(separator: ", ")
        let unknown = reasons == nil ? "unknown: FASTAPI_ENDPOINT is not set" : "unknown"
        reason = found.isEmpty ? unknown : found.joined(separator: "; ")
    }

    var json: JSON {
        [
            "message_id": .string(message.messageID),
            "sent_at": .string(message.sentTimestamp.formatted(.iso8601)),
            "receive_count": .integer(Int64(message.receiveCount)),
            "subject": subject.map(JSON.string) ?? .null,
            "reason": .string(reason),
            "advice": advice.map(JSON.string) ?? .null,
        ]
    }
}
