import JSON

/// The answer 200 to `POST /analyze`, given after the rows are committed.
package struct AnalyzeResponse: Sendable, Hashable {
    package let videoID: String
    package let analysisID: Int64
    package let framesDecoded: Int64
    package let framesAnalysed: Int64
    package let counts: RowCounts

    package init(videoID: String, analysisID: Int64, framesDecoded: Int64, framesAnalysed: Int64, counts: RowCounts) {
        self.videoID = videoID
        self.analysisID = analysisID
        self.framesDecoded = framesDecoded
        self.framesAnalysed = framesAnalysed
        self.counts = counts
    }

    package init(json: JSON) throws(JSONError) {
        let root = json.node
        guard try root["status"].string() == "success" else { throw root["status"].error("expected success") }
        self.init(
            videoID: try root["video_id"].string(), analysisID: try root["analysis_id"].int64(),
            framesDecoded: try root["frames_decoded"].int64(), framesAnalysed: try root["frames_analysed"].int64(),
            counts: try RowCounts(root))
    }

    package var json: JSON {
        let members: [String: JSON] = [
            "status": "success", "video_id": .string(videoID), "analysis_id": .integer(analysisID),
            "frames_decoded": .integer(framesDecoded), "frames_analysed": .integer(framesAnalysed),
        ]
        return .object(members.merging(counts.members) { member, _ in member })
    }
}
