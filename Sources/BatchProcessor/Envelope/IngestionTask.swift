import AnalysisAPI
import JSON

/// A task that an application sends itself:
/// `{"task_type":"ingestion","payload":{"video_id","user_id","bucket","key","options":{"force"}}}`.
///
/// The key is not encoded. `user_id` and other options are the sender's own and are not read.
enum IngestionTask {
    static func item(_ task: JSONNode) throws(JSONError) -> Envelope.Item {
        let kind = try task["task_type"].string()
        guard kind == "ingestion" else { throw task["task_type"].error("expected ingestion, found \(kind)") }
        let payload = task["payload"]
        return Envelope.Item(
            AnalyzeRequest(
                bucket: try payload["bucket"].filledString(), key: try payload["key"].objectKey(),
                videoID: try payload["video_id"].optionalFilledString(),
                force: try payload["options"]["force"].optionalBool() ?? false))
    }
}
