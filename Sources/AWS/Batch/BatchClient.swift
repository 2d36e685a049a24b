import HTTP
import JSON

/// AWS Batch (REST protocol with JSON bodies).
package struct BatchClient: Sendable {
    /// The states of a job that has not ended.
    package static let activeStates = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"]

    private let aws: AWSClient

    package init(_ aws: AWSClient) {
        self.aws = aws
    }

    /// - Parameters:
    ///   - name: letters, digits, hyphens and underscores, 128 at most.
    ///   - queue: name or ARN.
    ///   - definition: name (its newest revision), name:revision or ARN.
    /// - Returns: the job's id.
    package func submitJob(name: String, queue: String, definition: String) async throws(AWSError) -> String {
        let (answer, request) = try await call(
            "SubmitJob", path: "/v1/submitjob",
            ["jobName": .string(name), "jobQueue": .string(queue), "jobDefinition": .string(definition)])
        return try request.reading { () throws(JSONError) in try answer["jobId"].string() }
    }

    /// Jobs of the queue that have not ended.
    package func activeJobs(queue: String) async throws(AWSError) -> Int {
        var count = 0
        for state in Self.activeStates {
            var token: String?
            repeat {
                var body: [String: JSON] = ["jobQueue": .string(queue), "jobStatus": .string(state)]
                if let token { body["nextToken"] = .string(token) }
                let (answer, request) = try await call("ListJobs", path: "/v1/listjobs", body)
                (count, token) = try request.reading { () throws(JSONError) in
                    let page = try answer["jobSummaryList"].array().count
                    return (count + page, try answer["nextToken"].optionalString())
                }
            } while token != nil
        }
        return count
    }

    private func call(_ operation: String, path: String, _ body: [String: JSON])
        async throws(AWSError) -> (answer: JSONNode, request: AWSRequest)
    {
        let request = AWSRequest(
            service: .batch, operation: operation, endpoint: aws.configuration.endpoint(for: .batch), path: path,
            headers: ["Content-Type": "application/json"], body: Array(JSON.object(body).serialized().utf8))
        let response = try await aws.send(request)
        let answer = try request.reading { () throws(JSONError) in
            try JSON(parsing: response.body, limits: JSON.Limits(maximumBytes: request.maximumResponseBytes))
        }
        return (answer.node, request)
    }
}
