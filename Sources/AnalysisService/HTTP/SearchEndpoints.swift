import AnalysisAPI
import Hummingbird
import JSON
import VideoAnalysis

/// `/search/frames`: the stored frames nearest to a stored frame, a vector or a picture.
struct SearchEndpoints: Sendable {
    /// A vector of pgvector's largest dimension, written with all its digits.
    static let maximumJSONBytes = 1024 * 1024
    static let maximumImageBytes = 16 * 1024 * 1024

    let store: AnalysisStore
    let embedding: ImageEmbedding

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/search/frames", "searchFrames", problems: .reading.union([.notFound, .tooLarge]),
                handler: search)
        ]
    }

    @Sendable private func search(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let matches = try await nearest(to: try await wanted(request))
        return Response(json: ["frames": .array(matches.map(\.json))])
    }

    private func wanted(_ request: Request) async throws -> FrameSearch {
        switch request.mediaType ?? "application/json" {
        case "application/json": return try await storedSearch(request)
        case "image/jpeg", "image/png": return try await pictureSearch(request)
        case let other:
            throw Problem(
                code: .badRequest,
                detail: "Content-Type: expected application/json, image/jpeg or image/png, found \"\(other)\".")
        }
    }

    /// Nothing is found as long as nothing has been analysed; an unknown model is an error of the caller else.
    private func nearest(to search: FrameSearch) async throws(StoreError) -> [FrameMatch] {
        do throws(StoreError) {
            return try await store.search(search)
        } catch {
            if error == .unknownModel(embedding.modelName) { return [] }
            throw error
        }
    }

    private func pictureSearch(_ request: Request) async throws -> FrameSearch {
        let query = try QueryParameters(request, allowed: ["limit", "video_id", "class_name", "from", "to"])
        let limit = try query.integer("limit", in: 1...1000) ?? FrameQuery.defaultLimit
        let filter = FrameSearchFilter(
            videoID: try query.text("video_id"), className: try query.text("class_name"),
            fromSeconds: try query.seconds("from"), toSeconds: try query.seconds("to"))
        let (model, vector) = try await embedding.embed(file: try await request.bytes(upTo: Self.maximumImageBytes))
        return FrameSearch(vector: vector, model: model, filter: filter, limit: limit)
    }

    private func storedSearch(_ request: Request) async throws -> FrameSearch {
        _ = try QueryParameters(request, allowed: [])
        let body = try await request.bytes(upTo: Self.maximumJSONBytes)
        let query = try FrameQuery(json: try JSON(parsing: body), defaultModel: embedding.modelName)
        return try await query.search(in: store)
    }
}
