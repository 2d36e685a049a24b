import AWS
import FoundationEssentials
import JSON

/// A message of the dead-letter queue with what can be said about it.
struct DeadLetter: Sendable, Hashable {
    let message: SQSMessage
    /// What it asks for, such as `capstone-dev-raw/videos/test-001.mp4`; nil when that cannot be read.
    let subject: String?
    /// Why it is here, as far as that is known.
    let reason: String

    /// - Parameter reasons: nil when no service is configured.
    init(_ message: SQSMessage, reasons: FailureReasons?) async {
        self.message = message
        let items: [Envelope.Item]
        do {
            items = try Envelope(body: message.body).items
        } catch {
            subject = nil
            reason = "malformed message: \(error)"
            return
        }
        var subjects: [String] = []
        var found: [String] = []
        for case .analyze(let request) in items {
            subjects.append("\(request.bucket)/\(request.key)")
            if let reason = await reasons?.reason(for: request) { found.append(reason) }
        }
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
        ]
    }
}
