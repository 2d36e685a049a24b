import JSON

extension AWSClient {
    /// One call of the AWS JSON protocol: `POST /` with `X-Amz-Target`.
    func callJSON(
        _ service: AWSService, _ operation: String, target: String, version: String, _ body: [String: JSON],
        timeoutSeconds: Double = 30
    ) async throws(AWSError) -> (answer: JSONNode, request: AWSRequest) {
        let request = AWSRequest(
            service: service, operation: operation, endpoint: configuration.endpoint(for: service),
            headers: ["Content-Type": "application/x-amz-json-\(version)", "X-Amz-Target": "\(target).\(operation)"],
            body: Array(JSON.object(body).serialized().utf8), timeoutSeconds: timeoutSeconds)
        let response = try await send(request)
        // Operations without a result answer with an empty body.
        guard !response.body.isEmpty else { return (JSON.object([:]).node, request) }
        let answer = try request.reading { () throws(JSONError) in
            try JSON(parsing: response.body, limits: JSON.Limits(maximumBytes: request.maximumResponseBytes))
        }
        return (answer.node, request)
    }
}

extension AWSRequest {
    /// Turns an answer that is not as documented into ``AWSError/Kind/invalidResponse``.
    func reading<Value>(_ body: () throws(JSONError) -> Value) throws(AWSError) -> Value {
        do throws(JSONError) {
            return try body()
        } catch {
            throw self.error(.invalidResponse, "the answer is not as documented: \(error)")
        }
    }
}
