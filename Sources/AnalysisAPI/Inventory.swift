import JSON

/// The body of `POST /inventory`: objects as the bucket lists them, or as messages name them.
package struct InventoryRequest: Sendable, Hashable {
    /// As many as S3 lists at once.
    package static let maximumObjects = 1000
    /// Of those that have no size: S3 is asked for each that has no analysis.
    package static let maximumObjectsWithoutSize = 100

    package struct Object: Sendable, Hashable {
        package var key: String
        /// Without quotes; nil for whatever content the object had.
        package var etag: String?
        /// Bytes; nil when it is not known, nor whether the object is there.
        package var size: Int64?
        /// The id that it is to be stored under, as in ``AnalyzeRequest``.
        package var videoID: String?

        package init(key: String, etag: String?, size: Int64?, videoID: String? = nil) {
            self.key = key
            self.etag = etag
            self.size = size
            self.videoID = videoID
        }
    }

    package var bucket: String
    /// At most ``maximumObjects``.
    package var objects: [Object]

    package init(bucket: String, objects: [Object]) {
        self.bucket = bucket
        self.objects = objects
    }

    package init(json: JSON) throws(JSONError) {
        let root = json.node
        try root.expectFields(["s3_bucket", "objects"])
        let nodes = try root["objects"].array()
        guard nodes.count <= Self.maximumObjects else {
            throw root["objects"].error("expected at most \(Self.maximumObjects) objects, found \(nodes.count)")
        }
        self.init(
            bucket: try root["s3_bucket"].filledString(),
            objects: try nodes.map { node throws(JSONError) in try Object(node) })
        let withoutSize = objects.count { $0.size == nil }
        guard withoutSize <= Self.maximumObjectsWithoutSize else {
            throw root["objects"].error(
                "expected at most \(Self.maximumObjectsWithoutSize) objects without a size, found \(withoutSize)")
        }
    }

    package var json: JSON { ["s3_bucket": .string(bucket), "objects": .array(objects.map(\.json))] }
}

extension InventoryRequest.Object {
    private enum Field: String, CaseIterable {
        case key = "s3_key"
        case etag
        case size
        case videoID = "video_id"
    }

    fileprivate init(_ node: JSONNode) throws(JSONError) {
        try node.expectFields(Field.allCases.map(\.rawValue))
        self.init(
            key: try node[Field.key.rawValue].filledString(), etag: try node[Field.etag.rawValue].optionalString(),
            size: try node[Field.size.rawValue].optionalInt64(),
            videoID: try node[Field.videoID.rawValue].optionalFilledString())
    }

    fileprivate var json: JSON {
        var fields: [String: JSON] = [Field.key.rawValue: .string(key)]
        fields[Field.etag.rawValue] = etag.map(JSON.string)
        fields[Field.size.rawValue] = size.map(JSON.integer)
        fields[Field.videoID.rawValue] = videoID.map(JSON.string)
        return .object(fields)
    }
}

/// The answer to `POST /inventory`: what is stored of each object, in the order of the request.
package struct InventoryResponse: Sendable, Hashable {
    /// What is known of an object with the content that was asked for.
    package enum State: String, Sendable, CaseIterable {
        /// Its rows are stored.
        case completed
        /// An analysis runs.
        case processing
        /// The process that ran its analysis is gone.
        case expired
        /// Its analysis was given back, and waits for someone to ask.
        case pending
        case failed
        /// No analysis of this content is known.
        case missing
        /// `POST /analyze` refuses it: it is empty, larger than the service takes, or not there, or its id is wrong or
        /// another object's.
        case refused
    }

    package struct Entry: Sendable, Hashable {
        package let key: String
        package let state: State
        package let videoID: String?
        package let analysisID: Int64?
        /// How often the analysis was taken up.
        package let attempt: Int?
        /// Of a failed analysis or a refused object. A code of a newer service reads as
        /// ``ProblemCode/internalError``.
        package let problem: Problem?

        package init(
            key: String, state: State, videoID: String? = nil, analysisID: Int64? = nil, attempt: Int? = nil,
            problem: Problem? = nil
        ) {
            self.key = key
            self.state = state
            self.videoID = videoID
            self.analysisID = analysisID
            self.attempt = attempt
            self.problem = problem
        }
    }

    package let entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    package init(json: JSON) throws(JSONError) {
        self.init(entries: try json.node["objects"].array().map { node throws(JSONError) in try Entry(node) })
    }

    package var json: JSON { ["objects": .array(entries.map(\.json))] }
}

extension InventoryResponse.Entry {
    fileprivate init(_ node: JSONNode) throws(JSONError) {
        let error = node["error"]
        var problem: Problem?
        if error.exists {
            problem = Problem(
                code: ProblemCode(rawValue: try error["code"].string()) ?? .internalError,
                detail: try error["detail"].string())
        }
        self.init(
            key: try node["s3_key"].string(), state: try node["state"].choice(of: InventoryResponse.State.self),
            videoID: try node["video_id"].optionalString(), analysisID: try node["analysis_id"].optionalInt64(),
            attempt: try node["attempt"].optionalInt(), problem: problem)
    }

    package var json: JSON {
        var members: [String: JSON] = ["s3_key": .string(key), "state": .string(state.rawValue)]
        members["video_id"] = videoID.map(JSON.string)
        members["analysis_id"] = analysisID.map(JSON.integer)
        members["attempt"] = attempt.map { .integer(Int64($0)) }
        if let problem {
            members["error"] = [
                "code": .string(problem.code.rawValue), "detail": .string(problem.detail),
                "advice": .string(problem.code.advice),
            ]
        }
        return .object(members)
    }
}
