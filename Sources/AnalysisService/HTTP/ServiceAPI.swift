import AWS
import AnalysisAPI
import Hummingbird
import Logging
import PostgreSQL

/// The whole HTTP API of the service: its endpoints, and the router that serves them.
struct ServiceAPI: Sendable {
    let endpoints: [Endpoint]
    private let internalToken: String?

    init(
        coordinator: AnalysisCoordinator, settings: CoordinatorSettings, store: AnalysisStore, s3: S3Client,
        readiness: Readiness, metrics: PrometheusRegistry,
        embedding: ImageEmbedding, waitSeconds: Double, internalToken: String?
    ) {
        endpoints =
            AnalysisEndpoints(coordinator: coordinator, store: store, waitSeconds: waitSeconds).endpoints
            + SourceEndpoints(settings: settings, store: store, s3: s3).endpoints
            + VideoEndpoints(store: store).endpoints
            + SearchEndpoints(store: store, embedding: embedding).endpoints
            + OperationEndpoints(readiness: readiness, metrics: metrics).endpoints
        self.internalToken = internalToken
    }

    func makeRouter(logger: Logger) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestObservation(logger: logger))
        router.add(middleware: ProblemMiddleware(endpoints: endpoints))
        if let internalToken {
            router.add(middleware: InternalTokenMiddleware(token: internalToken, endpoints: endpoints))
        }
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method, use: endpoint.handler)
        }
        return router
    }
}
