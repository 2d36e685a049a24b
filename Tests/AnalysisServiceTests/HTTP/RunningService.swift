import Foundation
import HTTP
import JSON
import TestSupport
import Testing

/// A real `analysis-service` process on a free port, and a client that checks each answer against the API document.
struct RunningService: Sendable {
    let process: TestProcess
    let port: Int
    private let http: HTTPClient
    private let document: [OpenAPIDocument.Operation]
    private let schemas: JSON

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONNode { get throws { try JSON(parsing: bytes).node } }
        /// Of a problem.
        let code: String?
    }

    /// Runs the service for the length of the closure.
    static func with(
        _ variables: [String: String], _ body: (RunningService) async throws -> Void
    ) async throws {
        let executable = try TestPaths.executable("analysis-service")
        try await TestPaths.withFolder { folder in
            let own = [
                "HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json", "LOG_LEVEL": "debug",
                "WORK_DIR": folder.appending(path: "work").path, "S3_BUCKET_RAW": "raw",
            ]
            let environment = offline.merging(own) { $1 }.merging(variables) { $1 }
            try await TestProcess.with(executable, ["serve"], environment: environment) { process in
                let port = try await startedPort(process)
                let http = HTTPClient()
                do {
                    let document = try OpenAPIDocument()
                    try await body(
                        RunningService(
                            process: process, port: port, http: http, document: try document.operations(),
                            schemas: document.root))
                    await http.shutdown()
                } catch {
                    await http.shutdown()
                    throw error
                }
            }
        }
    }

    /// Settings with which the service starts though nothing else is there.
    static let offline = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_EC2_METADATA_DISABLED": "true",
        "DATABASE_URL": "postgres://nobody:topsecret@127.0.0.1:1/none",
    ]

    private static func startedPort(_ process: TestProcess) async throws -> Int {
        try await eventually("the start of the service") {
            if let ending = process.hasEnded { throw TimedOut("the service ended: \(ending)") }
            for line in process.standardError.split(separator: "\n") where line.contains("service started") {
                if let port = Int(try JSON(parsing: String(line)).node["http.port"].string()) { return port }
            }
            return nil
        }
    }

    /// Sends a request, and checks status, media type, problem code and fields of the answer against the document.
    func send(
        _ method: String, _ path: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        timeoutSeconds: Double = 580
    ) async throws -> Answer {
        let response = try await http.send(
            HTTPRequest(
                method: method, url: "http://127.0.0.1:\(port)\(path)", headers: headers, body: body,
                timeoutSeconds: timeoutSeconds))
        let isProblem = response.headers["Content-Type"] == "application/problem+json"
        let code = isProblem ? try JSON(parsing: response.body).node["code"].string() : nil
        let answer = Answer(status: response.status, headers: response.headers, bytes: response.body, code: code)
        #expect(answer.headers["X-Request-Id"]?.isEmpty == false)
        try check(answer, method, path)
        return answer
    }

    func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    func post(_ path: String, _ json: JSON, headers: HTTPHeaders = [:]) async throws -> Answer {
        var headers = headers
        headers.set("Content-Type", "application/json")
        return try await send("POST", path, headers: headers, body: Array(json.serialized().utf8))
    }

    private func check(_ answer: Answer, _ method: String, _ path: String) throws {
        let contentType = answer.headers["Content-Type"]?.split(separator: ";").first.map(String.init)
        if answer.status >= 400 {
            #expect(contentType == "application/problem+json")
            let problem = try answer.json
            #expect(try problem["status"].int() == answer.status)
            #expect(try problem["type"].string() == "urn:framelake:problem:\(problem["code"].string())")
            if answer.status == 503 { #expect(answer.headers["Retry-After"] != nil) }
        }
        let segments = path.prefix { $0 != "?" }.split(separator: "/")
        let operation = document.first { operation in
            let own = operation.path.split(separator: "/")
            return operation.method == (method == "HEAD" ? "GET" : method) && own.count == segments.count
                && zip(own, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        guard let operation else {
            #expect([401, 404, 405].contains(answer.status), "\(method) \(path) is not documented")
            return
        }
        let documented = try #require(
            operation.responses[answer.status], "\(method) \(path): status \(answer.status) is not documented")
        if method == "HEAD" { return #expect(answer.bytes.isEmpty) }
        let content = documented.node["content"]
        guard content.exists else { return #expect(answer.bytes.isEmpty) }
        let schema = try #require(
            content[contentType ?? ""]["schema"].value, "\(contentType ?? "no type") is not documented")
        if contentType == "application/json" || contentType == "application/problem+json" {
            try OpenAPIDocument(root: schemas).validate(try answer.json.value ?? .null, schema)
        }
    }
}
