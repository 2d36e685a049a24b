import AnalysisAPI
import Hummingbird
import JSON
import VideoAnalysis

/// `/search/...`: the stored frames or objects that look most like a stored one, a vector or a picture.
struct SearchEndpoints: Sendable {
    /// A vector of pgvector's largest dimension, written with all its digits.
    static let maximumJSONBytes = 1024 * 1024
    static let maximumImageBytes = 16 * 1024 * 1024

    let store: AnalysisStore
    let embedding: ImageEmbedding

    var endpoints: [Endpoint] {
        [endpoint("/search/frames", "searchFrames", .frames), endpoint("/search/objects", "searchObjects", .objects)]
    }

    private func endpoint(_ path: String, _ operationID: String, _ table: EmbeddingTable) -> Endpoint {
        Endpoint(.post, path, operationID, problems: .reading.union([.notFound, .requestTimedOut, .tooLarge])) {
            request, _ in
            Response(json: try await nearest(to: try await wanted(request, table)).json(of: table))
        }
    }

    private func wanted(_ request: Request, _ table: EmbeddingTable) async throws -> EmbeddingSearch {
        switch request.mediaType ?? "application/json" {
        case "application/json": return try await storedSearch(request, table)
        case "image/jpeg", "image/png": return try await pictureSearch(request, table)
        case let other:
            throw Problem(
                code: .badRequest,
                detail: "Content-Type: expected application/json, image/jpeg or image/png, found \"\(other)\".")
        }
    }

    /// Nothing is found as long as nothing has been analysed; an unknown model is an error of the caller else.
    private func nearest(to search: EmbeddingSearch) async throws(StoreError) -> [EmbeddingMatch] {
        do throws(StoreError) {
            return try await store.search(search)
        } catch {
            if error == .unknownModel(embedding.modelName(for: search.table)) { return [] }
            throw error
        }
    }

    private func pictureSearch(_ request: Request, _ table: EmbeddingTable) async throws -> EmbeddingSearch {
        let query = try QueryParameters(request, allowed: ["limit", "video_id", "class_name", "from", "to"])
        let limit = try query.integer("limit", in: SearchQuery.limits) ?? SearchQuery.defaultLimit
        let filter = SearchFilter(
            videoID: try query.text("video_id"), className: try query.text("class_name"),
            fromSeconds: try query.seconds("from"), toSeconds: try query.seconds("to"))
        let file = try await request.bytes(upTo: Self.maximumImageBytes)
        return EmbeddingSearch(
            table, vectors: try await embedding.vectors(of: file, for: table),
            model: embedding.modelName(for: table), filter: filter, limit: limit)
    }

    private func storedSearch(_ request: Request, _ table: EmbeddingTable) async throws -> EmbeddingSearch {
        _ = try QueryParameters(request, allowed: [])
        let query = try SearchQuery(table, json: try await request.json(upTo: Self.maximumJSONBytes))
        return try await query.search(in: store, defaultModel: embedding.modelName(for: table))
    }
}

extension [EmbeddingMatch] {
    /// `{"frames": [...]}` or `{"objects": [...]}`.
    func json(of table: EmbeddingTable) -> JSON {
        .object([table == .frames ? "frames" : "objects": .array(map(\.json))])
    }
}
