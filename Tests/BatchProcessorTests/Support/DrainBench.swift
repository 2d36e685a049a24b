import AWS
import AnalysisAPI
import HTTP
import JSON
import Synchronization
import TestSupport

/// A main queue with its dead-letter queue on the emulator, and the real `batch-processor` beside them.
struct DrainBench: Sendable {
    let aws: TestAWS
    let queueURL: String
    let deadLetterURL: String
    let bucket = "raw"

    var queue: SQSClient { SQSClient(aws.client, queueURL: queueURL) }
    var deadLetters: SQSClient { SQSClient(aws.client, queueURL: deadLetterURL) }

    static func with<Result>(
        visibilityTimeoutSeconds: Int = 120, maxReceiveCount: Int = 3, _ body: (DrainBench) async throws -> Result
    ) async throws -> Result {
        try await TestAWS.with { aws in
            let deadLetters = try await aws.createQueue(TestAWS.uniqueName("dlq"))
            let queue = try await aws.createQueue(
                TestAWS.uniqueName("main"), visibilityTimeoutSeconds: visibilityTimeoutSeconds,
                deadLetters: deadLetters, maxReceiveCount: maxReceiveCount)
            return try await body(
                DrainBench(aws: aws, queueURL: queue.url, deadLetterURL: deadLetters.url))
        }
    }

    func environment(service: String, adding variables: [String: String] = [:]) throws -> [String: String] {
        try TestAWS.childEnvironment(adding: [
            "SQS_QUEUE_URL": queueURL, "S3_BUCKET_RAW": bucket, "FASTAPI_ENDPOINT": service,
            "RECEIVE_WAIT_SECONDS": "1", "LOG_FORMAT": "json", "LOG_LEVEL": "info",
        ]).merging(variables) { $1 }
    }

    /// Runs the program until it ends by itself.
    func run(
        _ arguments: [String] = [], service: String, adding variables: [String: String] = [:]
    ) async throws -> TestProcess.Completion {
        try await TestProcess.run(
            try TestPaths.executable("batch-processor"), arguments,
            environment: try environment(service: service, adding: variables))
    }

    /// Waiting, and hidden.
    func counts(_ queue: SQSClient) async throws -> [Int] {
        let attributes = try await queue.attributes()
        return [attributes.approximateMessages, attributes.approximateMessagesNotVisible]
    }
}

extension TestProcess.Completion {
    /// The messages of the log, which is JSON.
    var logMessages: [String] {
        get throws {
            try standardError.split(separator: "\n").map { try JSON(parsing: String($0)).node["message"].string() }
        }
    }
}

/// A stand-in for analysis-service that accepts every object at once and completes it after two polls. The real
/// service is covered by the end-to-end tests.
final class StandIn: Sendable {
    private let polls = Mutex<[String: Int]>([:])
    private let isHolding: Mutex<Bool>

    /// - Parameter holding: analyses stay under way until ``finish()``.
    init(holding: Bool = false) {
        isHolding = Mutex(holding)
    }

    func finish() {
        isHolding.withLock { $0 = false }
    }

    func answer(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply {
        if request.target == "/ready" { return .response(200, body: "{}") }
        let count = polls.withLock { polls in
            polls[request.target, default: 0] += 1
            return polls[request.target] ?? 0
        }
        if request.method == "POST" {
            // Each request has an analysis of its own.
            let status = Self.status(count, .processing, progress: 0)
            return .response(
                202, headers: ["Location": "/analyses/\(count)", "Retry-After": "0"], body: status.json.serialized())
        }
        let id = Int(request.target.split(separator: "/").last ?? "") ?? 0
        let isDone = count >= 2 && !isHolding.withLock { $0 }
        let status = Self.status(id, isDone ? .completed : .processing, progress: isDone ? 100 : 50)
        return .response(200, headers: ["Retry-After": "0"], body: status.json.serialized())
    }

    private static func status(_ id: Int, _ state: AnalysisState, progress: Int) -> AnalysisStatus {
        AnalysisStatus(
            analysisID: Int64(id), videoID: "video-\(id)", state: state, progress: progress, attempt: 1,
            framesDecoded: state == .completed ? 10 : nil, framesAnalysed: state == .completed ? 5 : nil,
            counts: state == .completed ? RowCounts(events: 3) : nil,
            createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z")
    }
}
