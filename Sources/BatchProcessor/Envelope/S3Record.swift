import AnalysisAPI
import JSON

/// A record of an S3 event notification
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
enum S3Record {
    static func item(_ record: JSONNode) throws(JSONError) -> Envelope.Item {
        let source = try record["eventSource"].string()
        guard source == "aws:s3" else { throw record["eventSource"].error("expected aws:s3, found \(source)") }
        let version = try record["eventVersion"].string()
        guard version.hasPrefix("2.") else {
            throw record["eventVersion"].error("expected version 2.x, found \(version)")
        }
        var name = try record["eventName"].string()[...]
        if name.hasPrefix("s3:") { name = name.dropFirst(3) }
        let isRemoval = name.hasPrefix("ObjectRemoved:") || name.hasPrefix("LifecycleExpiration:")
        guard isRemoval || name.hasPrefix("ObjectCreated:") else { return .ignore("event \(name)") }

        let object = record["s3"]["object"]
        let keyNode = object["key"]
        guard let decoded = FormEncoding.decode(try keyNode.filledString()) else {
            throw keyNode.error("expected a form-encoded key in UTF-8 without U+0000")
        }
        let key = try keyNode.objectKey(decoded)
        let bucket = try record["s3"]["bucket"]["name"].filledString()
        let sequencer = try object["sequencer"].optionalFilledString()
        // Whichever version it was: the service looks what the bucket has left under the key.
        if isRemoval { return Envelope.Item(RemovalRequest(bucket: bucket, key: key, sequencer: sequencer)) }
        // Not the eTag: an object overwritten since has its own event, and the newest content is what readers want.
        return Envelope.Item(
            AnalyzeRequest(
                bucket: bucket, key: key, versionID: try object["versionId"].optionalFilledString(),
                sequencer: sequencer))
    }
}
