import AWS
import AnalysisAPI
import JSON
import LogOutput

/// What a comparison of bucket and database found and did.
struct ReconcileReport: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// A message was sent.
        case sent
        /// A message would have been sent without `--dry-run`.
        case toSend = "to_send"
        /// Wants a message, and may have one: the queue holds as many.
        case waiting
        /// Needs a message, but none was sent, since the queue waits without a worker.
        case unsent
        /// Failed for good, or too often.
        case failed
        /// Empty, or larger than the service takes.
        case refused
    }

    struct Queue: Sendable, Hashable {
        var waiting: Int
        var inWork: Int
        var delayed: Int
        var lacksWorker: Bool

        init(_ attributes: QueueAttributes, lacksWorker: Bool) {
            waiting = attributes.approximateMessages
            inWork = attributes.approximateMessagesNotVisible
            delayed = attributes.approximateMessagesDelayed
            self.lacksWorker = lacksWorker
        }
    }

    /// So many of each kind are named; all are counted.
    static let namedAtMost = 1000

    let isDryRun: Bool
    /// Videos in the bucket.
    var listed = 0
    var completed = 0
    /// Under way, with a live lease.
    var processing = 0
    /// Too young to be missed.
    var young = 0
    private(set) var counts: [Kind: Int] = [:]
    private(set) var named: [Kind: [InventoryResponse.Entry]] = [:]
    /// Analyses whose process is gone, and which no message takes up.
    private(set) var expired: [AnalysisStatus] = []
    /// Analyses that live but make no progress.
    private(set) var stuck: [AnalysisStatus] = []
    var queue: Queue?
    private var withMessage: Set<Int64> = []

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    mutating func add(_ kind: Kind, _ object: InventoryResponse.Entry) {
        counts[kind, default: 0] += 1
        if named[kind, default: []].count < Self.namedAtMost { named[kind, default: []].append(object) }
        let hasMessage = [.sent, .toSend, .waiting].contains(kind)
        if hasMessage, object.state == .expired, let id = object.analysisID { withMessage.insert(id) }
    }

    mutating func add(expired analysis: AnalysisStatus) {
        if !withMessage.contains(analysis.analysisID) { expired.append(analysis) }
    }

    mutating func add(stuck analysis: AnalysisStatus) { stuck.append(analysis) }

    /// Whether something is left that another run would not mend.
    var needsPerson: Bool {
        let left = [Kind.unsent, .failed, .refused].contains { counts[$0, default: 0] > 0 }
        return left || !expired.isEmpty || !stuck.isEmpty || queue?.lacksWorker == true
    }

    var json: JSON {
        var members: [String: JSON] = [
            "dry_run": .bool(isDryRun), "needs_person": .bool(needsPerson), "listed": .integer(Int64(listed)),
            "completed": .integer(Int64(completed)), "processing": .integer(Int64(processing)),
            "young": .integer(Int64(young)), "expired_leases": .array(expired.map(\.json)),
            "stuck": .array(stuck.map(\.json)),
        ]
        for kind in Kind.allCases {
            members[kind.rawValue] = .integer(Int64(counts[kind, default: 0]))
            members["\(kind.rawValue)_objects"] = .array(named[kind, default: []].map(\.json))
        }
        if let queue {
            members["queue"] = [
                "messages_waiting": .integer(Int64(queue.waiting)), "messages_in_work": .integer(Int64(queue.inWork)),
                "messages_delayed": .integer(Int64(queue.delayed)), "waits_without_worker": .bool(queue.lacksWorker),
            ]
        }
        return .object(members)
    }

    /// For people: a line for each finding, then the sums.
    var text: String {
        var lines: [String] = []
        for kind in Kind.allCases {
            let objects = named[kind, default: []]
            lines += objects.map { "\(title(of: kind))  \($0.key.onOneLine)\(Self.reason($0))" }
            let more = counts[kind, default: 0] - objects.count
            if more > 0 { lines.append("\(title(of: kind))  and \(more) more") }
            if kind == .waiting, !objects.isEmpty {
                lines.append("         as many messages are in the queue and may be theirs; --send-anyway sends more")
            }
        }
        lines += expired.map { "expired  analysis \($0.analysisID) of \($0.videoID.onOneLine): its process is gone" }
        lines += stuck.map {
            "stuck    analysis \($0.analysisID) of \($0.videoID.onOneLine): at \($0.progress) % since \($0.lease?.progressedAt ?? "?")"
        }
        if let queue, queue.lacksWorker {
            let rest = counts[.sent, default: 0] > 0 ? "" : "; nothing was sent"
            lines.append("queue    \(queue.waiting) messages wait and none is in work\(rest)")
        }
        let sent = isDryRun ? "\(counts[.toSend, default: 0]) to be sent" : "\(counts[.sent, default: 0]) sent"
        lines.append(
            "\(listed) videos in the bucket: \(completed) analysed, \(processing) under way, \(young) just uploaded, "
                + "\(sent), \(counts[.waiting, default: 0]) waiting, \(counts[.unsent, default: 0]) not sent, "
                + "\(counts[.failed, default: 0]) failed, \(counts[.refused, default: 0]) refused")
        if let queue {
            lines.append("queue: \(queue.waiting) waiting, \(queue.inWork) in work, \(queue.delayed) delayed")
        }
        return lines.joined(separator: "\n")
    }

    private func title(of kind: Kind) -> String {
        switch kind {
        case .sent: "sent   "
        case .toSend: "to send"
        case .waiting: "waiting"
        case .unsent: "unsent "
        case .failed: "failed "
        case .refused: "refused"
        }
    }

    private static func reason(_ object: InventoryResponse.Entry) -> String {
        guard let problem = object.problem else { return object.state == .missing ? "" : " (\(object.state.rawValue))" }
        return "\n         \(problem.description.onOneLine)\n         \(problem.code.advice)"
    }
}
