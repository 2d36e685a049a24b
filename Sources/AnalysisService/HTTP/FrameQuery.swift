import AnalysisAPI
import JSON

/// Which frames a search may find; nil finds all.
struct FrameSearchFilter: Sendable, Hashable {
    var videoID: String?
    /// Frames in which an object of this class was seen.
    var className: String?
    /// Seconds, this one included.
    var fromSeconds: Double?
    /// Seconds, this one left out.
    var toSeconds: Double?
}

extension FrameSearch {
    init(vector: [Float], model: String, filter: FrameSearchFilter, limit: Int) {
        self.init(
            vector: vector, model: model, videoID: filter.videoID, className: filter.className,
            fromSeconds: filter.fromSeconds, toSeconds: filter.toSeconds, limit: limit)
    }
}

/// What a JSON body of `/search/frames` asks for; the `search` command asks in the same way.
struct FrameQuery: Sendable, Hashable {
    enum Origin: Sendable, Hashable {
        case frame(videoID: String, frameNumber: Int64, model: String?)
        case vector([Float], model: String)
    }

    static let defaultLimit = 10
    /// pgvector's largest dimension.
    static let maximumDimensions = 16_000

    var origin: Origin
    var filter: FrameSearchFilter
    var limit: Int

    init(origin: Origin, filter: FrameSearchFilter = FrameSearchFilter(), limit: Int = Self.defaultLimit) {
        self.origin = origin
        self.filter = filter
        self.limit = limit
    }

    /// - Parameter defaultModel: of a vector that names none.
    init(json: JSON, defaultModel: String) throws(JSONError) {
        let root = json.node
        try Self.check(root, knows: ["video_id", "frame_number", "vector", "model", "limit", "filter"])
        let model = try root["model"].optionalString()
        if root["vector"].exists {
            if root["video_id"].exists || root["frame_number"].exists {
                throw root["vector"].error("expected either a vector or a stored frame, found both")
            }
            origin = .vector(try Self.vector(root["vector"]), model: model ?? defaultModel)
        } else {
            let frameNumber = try root["frame_number"].int64()
            guard frameNumber >= 0 else { throw root["frame_number"].error("expected a number from 0") }
            origin = .frame(videoID: try root["video_id"].string(), frameNumber: frameNumber, model: model)
        }
        limit = try root["limit"].optionalInt() ?? Self.defaultLimit
        guard (1...1000).contains(limit) else { throw root["limit"].error("expected a number from 1 to 1000") }
        let node = root["filter"]
        if node.exists { try Self.check(node, knows: ["video_id", "class_name", "from", "to"]) }
        filter = FrameSearchFilter(
            videoID: try node["video_id"].optionalString(), className: try node["class_name"].optionalString(),
            fromSeconds: try node["from"].optionalDouble(), toSeconds: try node["to"].optionalDouble())
    }

    /// The search with its vector: a stored frame is looked up first.
    func search(in store: AnalysisStore) async throws -> FrameSearch {
        switch origin {
        case .vector(let vector, let model):
            return FrameSearch(vector: vector, model: model, filter: filter, limit: limit)
        case .frame(let videoID, let frameNumber, let model):
            guard
                let stored = try await store.frameEmbedding(
                    videoID: videoID, frameNumber: frameNumber, model: model)
            else {
                throw Problem(code: .notFound, detail: "Video \(videoID) has no embedding of frame \(frameNumber).")
            }
            return FrameSearch(vector: stored.vector, model: stored.model, filter: filter, limit: limit)
        }
    }

    private static func check(_ node: JSONNode, knows names: Set<String>) throws(JSONError) {
        for (name, member) in try node.object().sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            throw member.error("unknown field; known are \(names.sorted().joined(separator: ", "))")
        }
    }

    private static func vector(_ node: JSONNode) throws(JSONError) -> [Float] {
        let elements = try node.array()
        guard (1...maximumDimensions).contains(elements.count) else {
            throw node.error("expected 1 to \(maximumDimensions) numbers, found \(elements.count)")
        }
        var vector: [Float] = []
        for element in elements {
            let value = Float(try element.double())
            guard value.isFinite else { throw element.error("expected a number in the range of a 32-bit float") }
            vector.append(value)
        }
        return vector
    }
}
