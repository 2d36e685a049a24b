import AnalysisAPI
import JSON

@testable import BatchProcessor

extension FuzzTarget {
    /// An envelope is read or refused by a sentence; what is read names an object, survives the way to the service, and
    /// is the same inside an SNS notification.
    static func checkEnvelope(_ input: [UInt8]) throws {
        guard let body = String(validating: input, as: UTF8.self) else { return }
        let items: [Envelope.Item]
        do throws(JSONError) {
            items = try Envelope(body: body).items
        } catch {
            try require(!error.description.isEmpty, "refused without a word")
            return
        }
        try require(!items.isEmpty, "an envelope without an item would be deleted unread")
        for item in items {
            switch item {
            case .ignore(let why): try require(!why.isEmpty, "ignored without a word")
            case .analyze(let request):
                try require(try AnalyzeRequest(json: JSON(parsing: request.json.serialized())) == request, "\(request)")
            case .remove(let request):
                try require(try RemovalRequest(json: JSON(parsing: request.json.serialized())) == request, "\(request)")
            }
        }
        guard try JSON(parsing: body).node["Type"].value != "Notification" else { return }
        let notification: JSON = ["Type": "Notification", "Message": .string(body)]
        try require(try Envelope(body: notification.serialized()).items == items, "other items in a notification")
    }
}
