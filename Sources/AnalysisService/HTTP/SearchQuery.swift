import AnalysisAPI
import JSON

/// What a JSON body of `/search/frames` or `/search/objects` asks for; the `search` command asks in the same way.
struct SearchQuery: Sendable, Hashable {
    enum Origin: Sendable, Hashable {
        case frame(videoID: String, frameNumber: Int64)
        case track(videoID: String, trackID: Int64)
        case vector([Float])
    }

    static let defaultLimit = 10
    static let limits = 1...1000
    /// pgvector's largest dimension.
    static let maximumDimensions = 16_000

    var table: EmbeddingTable
    var origin: Origin
    /// Of the origin's vector; nil for the first by name of those that a stored row has, or the configured one.
    var model: String?
    var filter: SearchFilter
    var limit: Int

    init(
        _ table: EmbeddingTable, origin: Origin, model: String? = nil, filter: SearchFilter = SearchFilter(),
        limit: Int = Self.defaultLimit
    ) {
        self.table = table
        self.origin = origin
        self.model = model
        self.filter = filter
        self.limit = limit
    }

    init(_ table: EmbeddingTable, json: JSON) throws(JSONError) {
        self.table = table
        let root = json.node
        let number = table == .frames ? "frame_number" : "track_id"
        try Self.check(root, knows: ["video_id", number, "vector", "model", "limit", "filter"])
        model = try root["model"].optionalString()
        if root["vector"].exists {
            if root["video_id"].exists || root[number].exists {
                throw root["vector"].error("expected either a vector or a stored row, found both")
            }
            origin = .vector(try Self.vector(root["vector"]))
        } else {
            let value = try root[number].int64()
            let videoID = try root["video_id"].string()
            switch table {
            case .frames:
                guard value >= 0 else { throw root[number].error("expected a number from 0") }
                origin = .frame(videoID: videoID, frameNumber: value)
            case .objects:
                guard value >= 1 else { throw root[number].error("expected a number from 1") }
                origin = .track(videoID: videoID, trackID: value)
            }
        }
        limit = try root["limit"].optionalInt() ?? Self.defaultLimit
        guard Self.limits.contains(limit) else { throw root["limit"].error("expected a number from 1 to 1000") }
        let node = root["filter"]
        if node.exists { try Self.check(node, knows: ["video_id", "class_name", "from", "to"]) }
        filter = SearchFilter(
            videoID: try node["video_id"].optionalString(), className: try node["class_name"].optionalString(),
            fromSeconds: try node["from"].optionalDouble(), toSeconds: try node["to"].optionalDouble())
    }

    /// The search with its vector: that of a stored row is looked up first.
    ///
    /// - Parameter defaultModel: of a vector that names none.
    func search(in store: AnalysisStore, defaultModel: String) async throws -> EmbeddingSearch {
        let stored: StoredVector
        switch origin {
        case .vector(let vector): stored = StoredVector(model: model ?? defaultModel, vector: vector)
        case .frame(let videoID, let frameNumber):
            guard
                let found = try await store.frameVector(videoID: videoID, frameNumber: frameNumber, model: model)
            else { throw try await Self.noFrame(videoID, frameNumber, in: store) }
            stored = found
        case .track(let videoID, let trackID):
            guard let found = try await store.objectVector(videoID: videoID, trackID: trackID, model: model) else {
                throw Problem(code: .notFound, detail: "Video \(videoID) has no embedding of track \(trackID).")
            }
            stored = found
        }
        return EmbeddingSearch(table, vectors: [stored.vector], model: stored.model, filter: filter, limit: limit)
    }

    /// Frames are embedded about once a second: whoever names another one is told the nearest that is there.
    private static func noFrame(
        _ videoID: String, _ frameNumber: Int64, in store: AnalysisStore
    ) async throws -> Problem {
        var detail = "Video \(videoID) has no embedding of frame \(frameNumber)."
        if let nearest = try await store.nearestEmbeddedFrame(videoID: videoID, to: frameNumber) {
            detail += " The nearest frame that has one is \(nearest)."
        }
        return Problem(code: .notFound, detail: detail)
    }

    private static func check(_ node: JSONNode, knows names: Set<String>) throws(JSONError) {
        for (name, member) in try node.object().sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            throw member.error("unknown field; known are \(names.sorted().joined(separator: ", "))")
        }
    }

    /// - Parameter node: an array of numbers.
    static func vector(_ node: JSONNode) throws(JSONError) -> [Float] {
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
