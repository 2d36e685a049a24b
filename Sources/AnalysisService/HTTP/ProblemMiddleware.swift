import AnalysisAPI
import HTTPTypes
import Hummingbird
import Logging

/// Answers every error, the router's own included, as problem+json.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    /// Of the whole API: tells a path that does not exist from one that takes other methods.
    let endpoints: [Endpoint]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let allowed = allowedMethods(for: request)
            if let notFound = error as? Hummingbird.HTTPError, notFound.status == .notFound, !allowed.isEmpty {
                return methodNotAllowed(request, allowed)
            }
            let problem = Problem(answering: error)
            log(error, as: problem, context)
            return problem.response
        }
    }

    private func allowedMethods(for request: Request) -> [String] {
        let methods = endpoints.filter { $0.matches(path: request.uri.path) }.map(\.method.rawValue)
        return (methods.contains("GET") ? methods + ["HEAD"] : methods).sorted()
    }

    private func methodNotAllowed(_ request: Request, _ allowed: [String]) -> Response {
        let names = allowed.joined(separator: ", ")
        let problem = Problem(
            code: .methodNotAllowed, detail: "\(request.uri.path) takes \(names), not \(request.method).")
        var response = problem.response
        response.headers[.allow] = names
        return response
    }

    private func log(_ error: any Error, as problem: Problem, _ context: Context) {
        let metadata: Logger.Metadata = ["problem.code": "\(problem.code.rawValue)", "error": "\(error)"]
        switch problem.code {
        case .internalError: context.logger.error("request failed", metadata: metadata)
        case .databaseUnavailable, .s3Error, .workFolderFull, .analysisCrashed:
            context.logger.warning("request failed", metadata: metadata)
        default: context.logger.debug("request refused", metadata: metadata)
        }
    }
}
