import HTTPTypes
import Hummingbird
import Logging
import Metrics

/// Gives each request an id, counts and times it, and writes one line of log about it.
struct RequestObservation: RouterMiddleware {
    typealias Context = BasicRequestContext

    private static let requestIDHeader = "X-Request-Id"
    /// Where Hummingbird keeps the id of a request: every log line of it carries this key.
    private static let requestIDKey = "hb.request.id"
    private static let knownMethods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// The service's own: the framework's is quieter.
    let logger: Logger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        let id = Self.acceptable(request.headers.value(named: Self.requestIDHeader)) ?? context.id
        context.logger = logger
        context.logger[metadataKey: Self.requestIDKey] = "\(id)"
        var response = try await next(request, context)
        response.headers.set(id, named: Self.requestIDHeader)
        record(request, response, route: context.endpointPath, seconds: start.duration(to: .now) / .seconds(1))
        context.logger.debug(
            "request answered",
            metadata: [
                "http.method": "\(request.method)", "http.path": "\(request.uri.path)",
                "http.status": "\(response.status.code)",
            ])
        return response
    }

    private func record(_ request: Request, _ response: Response, route: String?, seconds: Double) {
        let method = request.method.rawValue
        let labels = [
            ("method", Self.knownMethods.contains(method) ? method : "other"),
            ("route", route.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "unmatched"),
        ]
        Counter(label: "framelake_http_requests", dimensions: labels + [("status", "\(response.status.code)")])
            .increment()
        Timer(label: "framelake_http_request_seconds", dimensions: labels).recordSeconds(seconds)
    }

    /// A caller's own id is kept, so that one id follows a job through all logs, unless it could disturb a log.
    private static func acceptable(_ id: String?) -> String? {
        guard let id, (1...128).contains(id.utf8.count) else { return nil }
        let isPlain = id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:=".contains($0)) }
        return isPlain ? id : nil
    }
}
