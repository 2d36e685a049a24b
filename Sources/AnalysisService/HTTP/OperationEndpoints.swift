import AnalysisAPI
import HTTPTypes
import Hummingbird
import JSON

/// `/health`, `/ready` and `/metrics`: for load balancers and monitors, open to all.
struct OperationEndpoints: Sendable {
    let readiness: Readiness
    let metrics: PrometheusRegistry

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/health", "health", problems: [], isOpen: true) { _, _ in
                Response(json: ["status": "ok"])
            },
            Endpoint(
                .get, "/ready", "ready", problems: [.databaseUnavailable, .stopping], isOpen: true, handler: ready),
            Endpoint(.get, "/metrics", "metrics", problems: [], isOpen: true) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: PrometheusText.mediaType, .cacheControl: "no-store"],
                    body: .init(byteBuffer: ByteBuffer(string: metrics.text())))
            },
        ]
    }

    @Sendable private func ready(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let version = try await readiness.schemaVersion()
        return Response(json: ["status": "ready", "schema_version": .integer(Int64(version))])
    }
}
