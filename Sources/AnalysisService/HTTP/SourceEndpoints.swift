import AWS
import AnalysisAPI
import Hummingbird
import JSON

/// `/removals` and `/inventory`: what became of the objects in the bucket.
struct SourceEndpoints: Sendable {
    static let maximumRemovalBytes = 64 * 1024
    /// A thousand keys of S3's greatest length, with what JSON adds.
    static let maximumInventoryBytes = 3 << 20

    let settings: CoordinatorSettings
    let store: AnalysisStore
    let s3: S3Client

    var endpoints: [Endpoint] {
        let common = Set<ProblemCode>.reading.union([.bucketNotAllowed, .requestTimedOut, .tooLarge])
        return [
            Endpoint(.post, "/removals", "noteRemoval", problems: common.union([.s3Error]), handler: remove),
            Endpoint(.post, "/inventory", "compareInventory", problems: common, handler: inventory),
        ]
    }

    /// S3 is asked what the key names now: events come in any order, and the removal of one version may leave another.
    @Sendable private func remove(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try QueryParameters(request, allowed: [])
        let removal = try RemovalRequest(json: try await request.json(upTo: Self.maximumRemovalBytes))
        try check(bucket: removal.bucket)
        try check(text: removal.key, removal.sequencer ?? "")
        let response =
            if try await isPresent(removal) {
                try await store.notePresence(bucket: removal.bucket, key: removal.key, sequencer: removal.sequencer)
            } else {
                try await store.noteRemoval(
                    bucket: removal.bucket, key: removal.key, sequencer: removal.sequencer,
                    deletesRows: settings.deletesWithSource)
            }
        context.logger.info(
            "object removed",
            metadata: [
                "s3.key": "\(removal.key)", "removal.outcome": "\(response.outcome.rawValue)",
                "video.id": "\(response.videoID ?? "")",
            ])
        return Response(json: response.json)
    }

    private func isPresent(_ removal: RemovalRequest) async throws(Problem) -> Bool {
        do throws(AWSError) {
            _ = try await s3.head(bucket: removal.bucket, key: removal.key)
            return true
        } catch {
            if error.kind == .notFound { return false }
            throw Problem(readingS3: error, object: "s3://\(removal.bucket)/\(removal.key)")
        }
    }

    @Sendable private func inventory(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try QueryParameters(request, allowed: [])
        let listed = try InventoryRequest(json: try await request.json(upTo: Self.maximumInventoryBytes))
        try check(bucket: listed.bucket)
        for object in listed.objects { try check(text: object.key, object.etag ?? "", object.videoID ?? "") }
        var entries = try await store.inventory(bucket: listed.bucket, listed.objects)
        for (place, object) in listed.objects.enumerated() where entries[place].state == .missing {
            guard let refusal = await refusal(of: object, in: listed.bucket) else { continue }
            entries[place] = InventoryResponse.Entry(
                key: object.key, state: .refused, videoID: entries[place].videoID, problem: refusal)
        }
        return Response(json: InventoryResponse(entries: entries).json)
    }

    /// What `POST /analyze` would answer for an object that has no analysis; nil when it would begin one.
    private func refusal(of object: InventoryRequest.Object, in bucket: String) async -> Problem? {
        if let size = object.size {
            return settings.refusal(ofSize: size, object: "s3://\(bucket)/\(object.key)")
        }
        do throws(Problem) {
            _ = try await ObjectCheck(settings: settings, s3: s3).source(
                of: AnalyzeRequest(bucket: bucket, key: object.key, etag: object.etag))
            return nil
        } catch {
            return error
        }
    }

    private func check(bucket: String) throws(Problem) {
        guard bucket == settings.bucket else {
            throw Problem(
                code: .bucketNotAllowed,
                detail: "This service analyses objects of \(settings.bucket), not of \(bucket).")
        }
    }

    /// PostgreSQL's text cannot hold a zero byte.
    private func check(text: String...) throws(Problem) {
        guard !text.contains(where: { $0.utf8.contains(0) }) else {
            throw Problem(code: .badRequest, detail: "A key, id, entity tag or sequencer contains a zero byte.")
        }
    }
}
