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
    /// Only of an analysis that is processing.
    package let lease: Lease?
    /// RFC 3339, UTC.
    package let createdAt: String
    /// RFC 3339, UTC.
    package let updatedAt: String

    /// How long the process that runs the analysis may go without a sign of life, and how it gets on. All times are the
    /// database's, RFC 3339 in UTC.
    package struct Lease: Sendable, Hashable {
        package let expiresAt: String
        /// The process is gone: whoever asks for the object again takes the analysis over.
        package let isExpired: Bool
        /// When the progress last grew.
        package let progressedAt: String

        package init(expiresAt: String, isExpired: Bool, progressedAt: String) {
            self.expiresAt = expiresAt
            self.isExpired = isExpired
            self.progressedAt = progressedAt
        }
    }

    package init(
        analysisID: Int64, videoID: String, state: AnalysisState, progress: Int, attempt: Int,
        framesDecoded: Int64? = nil, framesAnalysed: Int64? = nil, counts: RowCounts? = nil,
        errorCode: ProblemCode? = nil, errorDetail: String? = nil, lease: Lease? = nil, createdAt: String,
        updatedAt: String
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
        self.lease = lease
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
            errorDetail: try error["detail"].optionalString(), lease: try Lease(root),
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
        if let lease { members.merge(lease.members) { member, _ in member } }
        if let errorCode {
            members["error"] = [
                "code": .string(errorCode.rawValue), "detail": .string(errorDetail ?? errorCode.title),
                "advice": .string(errorCode.advice),
            ]
        }
        return .object(members)
    }
}

extension AnalysisStatus.Lease {
    /// Nil where the answer tells of none, as an older service's does.
    fileprivate init?(_ root: JSONNode) throws(JSONError) {
        guard let expiresAt = try root["lease_expires_at"].optionalString() else { return nil }
        self.init(
            expiresAt: expiresAt, isExpired: try root["lease_expired"].bool(),
            progressedAt: try root["progressed_at"].string())
    }

    fileprivate var members: [String: JSON] {
        [
            "lease_expires_at": .string(expiresAt), "lease_expired": .bool(isExpired),
            "progressed_at": .string(progressedAt),
        ]
    }
}
