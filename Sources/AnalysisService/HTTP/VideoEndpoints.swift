import AnalysisAPI
import HTTPTypes
import Hummingbird
import JSON

/// `/videos`: what is stored of each video, in pages.
struct VideoEndpoints: Sendable {
    let store: AnalysisStore

    var endpoints: [Endpoint] {
        let one = Set<ProblemCode>.reading.union([.notFound])
        return [
            Endpoint(.get, "/videos", "listVideos", problems: .reading, handler: list),
            Endpoint(.get, "/videos/{video_id}", "getVideo", problems: one, handler: video),
            Endpoint(
                .delete, "/videos/{video_id}", "deleteVideo", statuses: [204], problems: one, handler: delete),
            Endpoint(.get, "/videos/{video_id}/events", "listEvents", problems: one, handler: events),
            Endpoint(.get, "/videos/{video_id}/tracks", "listTracks", problems: one, handler: tracks),
            Endpoint(.get, "/videos/{video_id}/depth", "listDepth", problems: one, handler: depth),
            Endpoint(.get, "/videos/{video_id}/display", "listDisplay", problems: one, handler: display),
            Endpoint(
                .get, "/videos/{video_id}/display/{display_id}/image", "getDisplayImage", statuses: [200, 304],
                problems: one, handler: image),
        ]
    }

    @Sendable private func list(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let query = try QueryParameters(request, allowed: ["status", "source_deleted", "limit", "after"])
        let page = try await store.videos(
            status: try query.choice("status", of: VideoStatus.self),
            sourceDeleted: try query.choice("source_deleted", of: Truth.self).map { $0 == .true }, try query.page())
        return Response(json: page.json(as: "videos", \.json))
    }

    @Sendable private func video(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try QueryParameters(request, allowed: [])
        let video = try await storedVideo(context)
        let newest = try await store.latestAnalysis(videoID: video.videoID)
        return Response(json: video.json(newest: newest))
    }

    @Sendable private func delete(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try QueryParameters(request, allowed: [])
        let id = try PathParameters(context).text("video_id")
        guard try await store.delete(videoID: id) else {
            throw Problem(code: .notFound, detail: "There is no video \(id).")
        }
        context.logger.info("video deleted", metadata: ["video.id": "\(id)"])
        return Response(status: .noContent)
    }

    @Sendable private func events(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let names: Set = ["limit", "after", "class_name", "track_id", "min_confidence", "from", "to"]
        let query = try QueryParameters(request, allowed: names)
        let filter = EventFilter(
            className: try query.text("class_name"), trackID: try query.integer("track_id", in: 1...Int(Int32.max)),
            minimumConfidence: try query.number("min_confidence", in: 0...1), fromSeconds: try query.seconds("from"),
            toSeconds: try query.seconds("to"))
        let page = try query.page()
        let video = try await storedVideo(context)
        let events = try await store.events(videoID: video.videoID, filter, page)
        return Response(json: events.json(as: "events", \.json))
    }

    @Sendable private func tracks(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let query = try QueryParameters(request, allowed: ["limit", "after", "class_name"])
        let className = try query.text("class_name")
        let page = try query.page()
        let video = try await storedVideo(context)
        let tracks = try await store.tracks(videoID: video.videoID, className: className, page)
        return Response(json: try tracks.json(as: "tracks") { try $0.json })
    }

    @Sendable private func depth(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let query = try QueryParameters(request, allowed: ["limit", "after", "track_id"])
        let trackID = try query.integer("track_id", in: 1...Int(Int32.max))
        let page = try query.page()
        let video = try await storedVideo(context)
        let depth = try await store.depth(videoID: video.videoID, trackID: trackID, page)
        return Response(json: depth.json(as: "depth", \.json))
    }

    @Sendable private func display(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let query = try QueryParameters(request, allowed: ["limit", "after", "kind"])
        let kind = try query.choice("kind", of: DisplayKind.self)
        let page = try query.page()
        let video = try await storedVideo(context)
        let items = try await store.displayItems(videoID: video.videoID, kind: kind?.rawValue, page)
        return Response(json: try items.json(as: "display") { try $0.json(videoID: video.videoID) })
    }

    @Sendable private func image(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let path = PathParameters(context)
        let videoID = try path.text("video_id")
        let id = try path.identifier("display_id")
        _ = try QueryParameters(request, allowed: [])
        guard let image = try await store.displayImage(videoID: videoID, id: id) else {
            throw Problem(code: .notFound, detail: "Video \(videoID) has no picture \(id).")
        }
        // A row is written once: a new analysis stores new rows under new ids.
        let tag = "\"\(id)\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, max-age=86400, immutable"]
        if request.hasCopy(withEntityTag: tag) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = image.mediaType
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: image.bytes)))
    }

    private func storedVideo(_ context: BasicRequestContext) async throws -> VideoRecord {
        let id = try PathParameters(context).text("video_id")
        guard let video = try await store.video(id: id) else {
            throw Problem(code: .notFound, detail: "There is no video \(id).")
        }
        return video
    }
}

/// A filter that is on or off.
private enum Truth: String, CaseIterable {
    case `true`, `false`
}

/// What a display row shows.
enum DisplayKind: String, CaseIterable {
    case frame, heatmap, trajectories, timeline
    case contactSheet = "contact_sheet"
}

extension QueryParameters {
    /// A time within a video.
    func seconds(_ name: String) throws(Problem) -> Double? {
        try number(name, in: 0 ... .greatestFiniteMagnitude)
    }
}
