import AWS
import Foundation
import HTTP
import JSON
import PostgreSQL
import TestSupport

/// What one test deploys for itself: a database, a bucket that notifies a queue, its dead-letter queue and the
/// database's secret. The executables are the real ones.
struct Pipeline: Sendable {
    let aws: TestAWS
    let database: String
    let bucket: String
    let queue: TestAWS.Queue
    let deadLetters: TestAWS.Queue
    let secret: String
    let workFolder: URL

    static func with(
        versioned: Bool = false, secret: (inout [String: JSON]) -> Void = { _ in },
        _ body: (Pipeline) async throws -> Void
    ) async throws {
        try await TestDatabase.withDatabase { database in
            try await TestAWS.with { aws in
                try await TestPaths.withFolder { folder in
                    let deadLetters = try await aws.createQueue()
                    let queue = try await aws.createQueue(visibilityTimeoutSeconds: 60, deadLetters: deadLetters)
                    let bucket = try await aws.createBucket(versioned: versioned)
                    try await aws.notify(bucket: bucket, queueARN: queue.arn)
                    var credentials = try databaseSecret(database)
                    secret(&credentials)
                    let pipeline = Pipeline(
                        aws: aws, database: database, bucket: bucket, queue: queue, deadLetters: deadLetters,
                        secret: try await aws.createSecret(JSON.object(credentials).serialized()), workFolder: folder)
                    try await body(pipeline)
                }
            }
        }
    }

    /// The form in which RDS keeps a database's credentials.
    private static func databaseSecret(_ url: String) throws -> [String: JSON] {
        let configuration = try PostgreSQLConfiguration(url: url)
        return [
            "engine": "postgres", "host": .string(configuration.host), "port": .integer(Int64(configuration.port)),
            "username": .string(configuration.user), "password": .string(configuration.password ?? ""),
            "dbname": .string(configuration.database),
        ]
    }

    // MARK: Bucket and queues

    var s3: S3Client { S3Client(aws.client) }

    func upload(_ file: String, as key: String) async throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
        try await s3.put(bucket: bucket, key: key, body: bytes, contentType: "video/mp4")
    }

    func attributes(of queue: TestAWS.Queue) async throws -> QueueAttributes {
        try await SQSClient(aws.client, queueURL: queue.url).attributes()
    }

    /// Messages that are in the queue, received or not.
    func messages(in queue: TestAWS.Queue) async throws -> Int {
        let attributes = try await attributes(of: queue)
        return attributes.approximateMessages + attributes.approximateMessagesNotVisible
    }

    // MARK: Executables

    struct Service: Sendable {
        let endpoint: String
        let process: TestProcess
    }

    /// Runs analysis-service on a free port for the length of the closure.
    func withService<Result>(
        _ variables: [String: String] = [:], ready: Bool = true, _ body: (Service) async throws -> Result
    ) async throws -> Result {
        let environment = try TestAWS.childEnvironment(
            adding: [
                "S3_BUCKET_RAW": bucket, "DB_SECRET_ARN": secret, "HOST": "127.0.0.1", "PORT": "0",
                "WORK_DIR": workFolder.appending(path: "work").path, "LOG_FORMAT": "json",
            ].merging(variables) { $1 })
        let executable = try TestPaths.executable("analysis-service")
        return try await TestProcess.with(executable, ["serve"], environment: environment) { process in
            let port = try await eventually("the line that names the service's port") {
                if let ending = process.hasEnded { throw TimedOut("analysis-service ended: \(ending)") }
                return try Self.log(process.standardError).first { $0["http.port"].exists }?["http.port"].string()
            }
            let service = Service(endpoint: "http://127.0.0.1:\(port)", process: process)
            if ready {
                try await eventually("readiness") { try await status("\(service.endpoint)/ready") == 200 }
            }
            let result = try await body(service)
            process.signal(SIGTERM)
            _ = try await process.wait()
            return result
        }
    }

    /// The variables of `batch-processor drain` for this pipeline.
    func drainEnvironment(endpoint: String, _ variables: [String: String] = [:]) throws -> [String: String] {
        try TestAWS.childEnvironment(
            adding: [
                "S3_BUCKET_RAW": bucket, "SQS_QUEUE_URL": queue.url, "FASTAPI_ENDPOINT": endpoint,
                "DB_SECRET_ARN": secret, "RECEIVE_WAIT_SECONDS": "1", "LOG_FORMAT": "json",
            ].merging(variables) { $1 })
    }

    func drain(endpoint: String, _ variables: [String: String] = [:]) async throws -> TestProcess.Completion {
        try await TestProcess.run(
            try TestPaths.executable("batch-processor"), ["drain"],
            environment: try drainEnvironment(endpoint: endpoint, variables), within: .seconds(600))
    }

    /// Lines of JSON logs; a last one that is still being written is left out.
    static func log(_ text: String) throws -> [JSONNode] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        lines.removeLast()
        return try lines.filter { $0.hasPrefix("{") }.map { try JSON(parsing: String($0)).node }
    }

    func status(_ url: String) async throws -> Int {
        try await aws.client.http.send(HTTPRequest(url: url)).status
    }

    // MARK: Rows

    static let tables = [
        "apps_db_event", "apps_db_track", "apps_db_depthdata", "apps_db_displaydata", "frame_embeddings",
        "object_embeddings",
    ]

    func query(_ sql: String) async throws -> [PostgreSQLRow] {
        try await TestDatabase.query(sql, on: database).rows
    }

    func number(_ sql: String) async throws -> Int {
        try await query("SELECT (\(sql))::bigint AS number")[0].int("number")
    }
}
