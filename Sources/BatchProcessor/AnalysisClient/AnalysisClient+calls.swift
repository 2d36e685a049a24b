import AnalysisAPI
import HTTP
import JSON

extension AnalysisClient {
    /// Tells the service that an object was removed from the bucket. A repeat is harmless.
    func remove(_ request: RemovalRequest) async throws(AnalysisFailure) -> RemovalResponse {
        // Millions of rows may have to go.
        let answer = try await call("POST", "/removals", request.json, timeoutSeconds: 300)
        return try reading(answer) { json throws(JSONError) in try RemovalResponse(json: json) }
    }

    /// What is stored of each object of one page of the bucket's list.
    func inventory(_ request: InventoryRequest) async throws(AnalysisFailure) -> InventoryResponse {
        let answer = try await call("POST", "/inventory", request.json)
        let response = try reading(answer) { json throws(JSONError) in try InventoryResponse(json: json) }
        guard response.entries.map(\.key) == request.objects.map(\.key) else {
            throw .transient(reason: "/inventory answered for other objects", retryAfterSeconds: nil)
        }
        return response
    }

    /// One page of the analyses that are processing, with the cursor of the next.
    func processing(after cursor: String?) async throws(AnalysisFailure) -> (page: [AnalysisStatus], next: String?) {
        // A cursor is text that needs no escape.
        let page = cursor.map { "&after=\($0)" } ?? ""
        let answer = try await call("GET", "/analyses?status=processing&limit=1000\(page)")
        return try reading(answer) { json throws(JSONError) in
            let analyses = try json.node["analyses"].array().map { node throws(JSONError) in
                try AnalysisStatus(json: node.value ?? .null)
            }
            return (analyses, try json.node["next"].optionalString())
        }
    }

    /// Asks until there is an answer, as patiently as for an analysis.
    private func call(
        _ method: String, _ path: String, _ body: JSON? = nil, timeoutSeconds: Double = 60
    ) async throws(AnalysisFailure) -> HTTPResponse {
        var headers = HTTPHeaders()
        authorize(&headers)
        if body != nil { headers.set("Content-Type", "application/json") }
        let request = HTTPRequest(
            method: method, url: endpoint.url(path), headers: headers, body: body.map { Array($0.serialized().utf8) },
            timeoutSeconds: timeoutSeconds)
        let begin = clock.now
        var attempt = 0
        while true {
            let failure: AnalysisFailure
            switch try await send(request) {
            case .unreachable(let reason): failure = .unreachable(reason: reason)
            case .response(let response) where 200..<300 ~= response.status: return response
            case .response(let response):
                let problem = ServiceProblem(response)
                guard problem.isOutage else { throw Self.failure(of: problem, status: response.status, path) }
                failure = problem.failure
            }
            attempt += 1
            let pause = pause(attempt: attempt, retryAfter: failure.retryAfter)
            guard clock.now + pause - begin <= patience.outage else { throw failure }
            logger.info("analysis-service is asked again", metadata: ["reason": "\(failure)", "pause": "\(pause)"])
            try await sleep(pause)
        }
    }

    /// A service that does not know the call is an older one, which is being replaced: that is no fault of the message.
    private static func failure(of problem: ServiceProblem, status: Int, _ path: String) -> AnalysisFailure {
        guard status == 404 || status == 405 else { return problem.failure }
        return .transient(reason: "analysis-service does not know \(path): \(problem.reason)", retryAfterSeconds: nil)
    }

    private func reading<Value>(
        _ response: HTTPResponse, _ read: (JSON) throws(JSONError) -> Value
    ) throws(AnalysisFailure) -> Value {
        do throws(JSONError) {
            return try read(try JSON(parsing: response.body, limits: JSON.Limits(maximumBytes: 64 << 20)))
        } catch {
            throw .transient(reason: "analysis-service's answer cannot be read: \(error)", retryAfterSeconds: nil)
        }
    }
}
