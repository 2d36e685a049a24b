import AnalysisAPI
import JSON

/// An S3 event as EventBridge delivers it
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). Its key is not encoded.
enum EventBridgeEvent {
    static func item(_ event: JSONNode) throws(JSONError) -> Envelope.Item {
        let source = try event["source"].string()
        guard source == "aws.s3" else { throw event["source"].error("expected aws.s3, found \(source)") }
        let kind = try event["detail-type"].string()
        guard kind == "Object Created" || kind == "Object Deleted" else { return .ignore("event \(kind)") }
        let object = event["detail"]["object"]
        let bucket = try event["detail"]["bucket"]["name"].filledString()
        let key = try object["key"].objectKey()
        let sequencer = try object["sequencer"].optionalFilledString()
        if kind == "Object Deleted" {
            return Envelope.Item(RemovalRequest(bucket: bucket, key: key, sequencer: sequencer))
        }
        return Envelope.Item(
            AnalyzeRequest(
                bucket: bucket, key: key, versionID: try object["version-id"].optionalFilledString(),
                sequencer: sequencer))
    }
}
