import AnalysisAPI
import Crypto
import HTTPTypes
import Hummingbird

/// Lets only callers in that send the internal token, where one is set.
struct InternalTokenMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    private let expected: SHA256.Digest
    private let openPaths: Set<String>

    init(token: String, endpoints: [Endpoint]) {
        expected = SHA256.hash(data: Array(token.utf8))
        openPaths = Set(endpoints.filter(\.isOpen).map(\.path))
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if openPaths.contains(request.uri.path) { return try await next(request, context) }
        guard let sent = request.headers.value(named: "X-Internal-Token") else {
            throw Problem(code: .unauthorized, detail: "The header X-Internal-Token is missing.")
        }
        // Digests compare in constant time, and hide the token's length.
        guard SHA256.hash(data: Array(sent.utf8)) == expected else {
            throw Problem(code: .unauthorized, detail: "The header X-Internal-Token is wrong.")
        }
        return try await next(request, context)
    }
}
