import ArgumentParser
import FoundationEssentials
import HTTP

/// `analysis-service health`: asks the service beside it whether it lives. The health check of the image, which holds
/// no other HTTP client.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the service on this machine whether it lives.",
        discussion: "Exit code 0 when GET /health on PORT (8087) of the loopback interface answers 200, else 1.")

    @Option(help: "The service's port; PORT or 8087 when it is not given.") var port: Int?

    func run() async throws {
        let port = port ?? Int(ProcessInfo.processInfo.environment["PORT"] ?? "") ?? 8087
        let http = HTTPClient()
        do {
            let answer = try await http.send(
                HTTPRequest(url: "http://127.0.0.1:\(port)/health", timeoutSeconds: 4, connectTimeoutSeconds: 2))
            await http.shutdown()
            guard answer.status == 200 else {
                Startup.say("the service answers \(answer.status)")
                throw ExitCode.failure
            }
        } catch let error as HTTPError {
            await http.shutdown()
            Startup.say("the service does not answer: \(error)")
            throw ExitCode.failure
        }
        print("ok")
    }
}
