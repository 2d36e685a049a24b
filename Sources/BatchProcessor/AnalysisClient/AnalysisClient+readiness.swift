import HTTP
import Logging

extension AnalysisClient {
    /// Waits until the service answers `GET /ready` with anything but 503, for at most half a minute.
    func awaitReadiness() async throws(AnalysisFailure) {
        let request = HTTPRequest(url: endpoint.url("/ready"), timeoutSeconds: 10, maximumResponseBytes: 1 << 20)
        let clock = ContinuousClock()
        let deadline = clock.now + min(patience.outage, .seconds(30))
        while true {
            let reason: String
            do throws(HTTPError) {
                let response = try await http.send(request)
                guard response.status == 503 else { return }
                reason = "analysis-service is not ready: \(ServiceProblem(response).reason)"
            } catch {
                guard error.kind != .cancelled else { throw .cancelled }
                reason = "analysis-service cannot be reached: \(error)"
            }
            guard clock.now < deadline else { throw .unreachable(reason: reason) }
            logger.info("Waiting for analysis-service", metadata: ["reason": "\(reason)"])
            do { try await clock.sleep(for: .seconds(1)) } catch { throw .cancelled }
        }
    }
}
