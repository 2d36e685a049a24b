import AnalysisAPI
import JSON

/// What a message of the work queue asks for, whichever way it came.
///
/// Known are S3's event notification (event versions 2.x), the same inside an SNS notification, EventBridge's "Object
/// Created" and "Object Deleted", and the ingestion task `{"task_type":"ingestion","payload":{...}}`.
struct Envelope: Sendable, Hashable {
    enum Item: Sendable, Hashable {
        case analyze(AnalyzeRequest)
        /// The object was removed from the bucket.
        case remove(RemovalRequest)
        /// Nothing to do, and why.
        case ignore(String)
    }

    /// In the order of the message's records.
    let items: [Item]

    /// - Throws: for a body that is none of the known envelopes: it is not known what deleting it would lose.
    init(body: String) throws(JSONError) {
        items = try Self.items(of: try JSON(parsing: body).node, inNotification: false)
    }

    private static func items(of root: JSONNode, inNotification: Bool) throws(JSONError) -> [Item] {
        guard case .object = root.value else { throw root.error("expected a JSON object") }
        if root["Event"].value == "s3:TestEvent" { return [.ignore("s3:TestEvent")] }
        if root["Records"].exists {
            let records = try root["Records"].array()
            guard !records.isEmpty else { throw root["Records"].error("expected at least one record") }
            return try records.map { record throws(JSONError) in try S3Record.item(record) }
        }
        if root["detail-type"].exists { return [try EventBridgeEvent.item(root)] }
        if root["task_type"].exists { return [try IngestionTask.item(root)] }
        if !inNotification, root["Type"].value == "Notification" {
            return try notification(root["Message"])
        }
        throw root.error(
            "no known envelope: expected Records, detail-type, task_type or an SNS notification with one of them")
    }

    private static func notification(_ message: JSONNode) throws(JSONError) -> [Item] {
        do {
            return try items(of: try JSON(parsing: try message.string()).node, inNotification: true)
        } catch {
            guard !error.path.hasPrefix(message.path) else { throw error }
            let path = error.path.isEmpty ? message.path : "\(message.path).\(error.path)"
            throw JSONError(path: path, reason: error.reason)
        }
    }
}

extension Envelope.Item {
    /// A request for the object, or nothing to do for the marker of a folder, as the S3 console makes them.
    init(_ request: AnalyzeRequest) {
        self = request.key.hasSuffix("/") ? .ignore("folder marker \(request.key)") : .analyze(request)
    }

    init(_ request: RemovalRequest) {
        self = request.key.hasSuffix("/") ? .ignore("folder marker \(request.key)") : .remove(request)
    }
}
