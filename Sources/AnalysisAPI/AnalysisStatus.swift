import JSON

/// The answer to `GET /analyses/{analysis_id}`, and 202's to `POST /analyze`.
package struct AnalysisStatus: Sendable, Hashable {
    package let analysisID: Int64
    package let videoID: String
    package let state: AnalysisState
    /// 0 to 100.
    package let progress: Int
    /// Counts from 1 how often the analysis was taken up.
    package let attempt: Int
    package let framesDecoded: Int64?
    package let framesAnalysed: Int64?
    /// Only of a completed analysis.
    package let counts: RowCounts?
    /// Only of a failed analysis.
    package let errorCode: ProblemCode?
    package let errorDetail: String?
    /// RFC 3339, UTC.
    package let createdAt: String
    /// RFC 3339, UTC.
    package let updatedAt: String

    package init(
        analysisID: Int64, videoID: String, state: AnalysisState, progress: Int, attempt: Int,
        framesDecoded: Int64? = nil, framesAnalysed: Int64? = nil, counts: RowCounts? = nil,
        errorCode: ProblemCode? = nil, errorDetail: String? = nil, createdAt: String, updatedAt: String
    ) {
        self.analysisID = analysisID
        self.videoID = videoID
        self.state = state
        self.progress = progress
        self.attempt = attempt
        self.framesDecoded = framesDecoded
        self.framesAnalysed = framesAnalysed
        self.counts = counts
        self.errorCode = errorCode
        self.errorDetail = errorDetail
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// An error code of a newer service reads as ``ProblemCode/internalError``, with its detail.
    package init(json: JSON) throws(JSONError) {
        let root = json.node
        guard let state = AnalysisState(rawValue: try root["status"].string()) else {
            let known = AnalysisState.allCases.map(\.rawValue).joined(separator: ", ")
            throw root["status"].error("expected one of \(known)")
        }
        let error = root["error"]
        let codeName = error.exists ? try error["code"].string() : nil
        self.init(
            analysisID: try root["analysis_id"].int64(), videoID: try root["video_id"].string(), state: state,
            progress: try root["progress"].int(), attempt: try root["attempt"].int(),
            framesDecoded: try root["frames_decoded"].optionalInt64(),
            framesAnalysed: try root["frames_analysed"].optionalInt64(),
            counts: root["events"].exists ? try RowCounts(root) : nil,
            errorCode: codeName.map { ProblemCode(rawValue: $0) ?? .internalError },
            errorDetail: try error["detail"].optionalString(),
            createdAt: try root["created_at"].string(), updatedAt: try root["updated_at"].string())
    }

    package var json: JSON {
        var members: [String: JSON] = [
            "analysis_id": .integer(analysisID), "video_id": .string(videoID), "status": .string(state.rawValue),
            "progress": .integer(Int64(progress)), "attempt": .integer(Int64(attempt)),
            "created_at": .string(createdAt), "updated_at": .string(updatedAt),
        ]
        members["frames_decoded"] = framesDecoded.map(JSON.integer)
        members["frames_analysed"] = framesAnalysed.map(JSON.integer)
        if let counts { members.merge(counts.members) { member, _ in member } }
        if let errorCode {
            members["error"] = [
                "code": .string(errorCode.rawValue), "detail": .string(errorDetail ?? errorCode.title),
                "advice": .string(errorCode.advice),
            ]
        }
        return .object(members)
    }
}
