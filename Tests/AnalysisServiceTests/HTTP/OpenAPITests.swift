import AWS
import HTTP
import JSON
import Logging
import PostgreSQL
import Testing

@testable import AnalysisService

/// docs/openapi.yaml says what the router does, and nothing else.
@Suite struct OpenAPITests {
    /// The API of a service that is never started: no connection is made.
    private func withEndpoints(_ body: ([Endpoint]) async throws -> Void) async throws {
        let logger = Logger(label: "test")
        let aws = try AWSClient.standard(
            environment: ["AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"],
            logger: logger)
        let pool = PostgreSQLPool(size: 1, logger: logger) {
            try PostgreSQLConfiguration(url: "postgres://user@127.0.0.1:1/none")
        }
        let store = AnalysisStore(pool: pool)
        let settings = CoordinatorSettings(bucket: "b", workFolder: "w", executablePath: "e")
        let api = ServiceAPI(
            coordinator: AnalysisCoordinator(settings: settings, store: store, s3: S3Client(aws), logger: logger),
            settings: settings, store: store, s3: S3Client(aws),
            readiness: Readiness(
                pool: pool, migrator: AnalysisSchema.migrator(logger: logger), isStopping: { false }),
            metrics: PrometheusRegistry(), embedding: try ImageEmbedding(), waitSeconds: 1, internalToken: nil)
        try await body(api.endpoints)
        await pool.close()
        await aws.shutdown()
    }

    @Test func documentAndRouterHaveTheSameCalls() async throws {
        let operations = try OpenAPIDocument().operations()
        try await withEndpoints { endpoints in
            let documented = Set(operations.map { "\($0.method) \($0.path) \($0.operationID) open:\($0.isOpen)" })
            let served = Set(
                endpoints.map { "\($0.method.rawValue) \($0.path) \($0.operationID) open:\($0.isOpen)" })
            #expect(documented == served)
            #expect(operations.count == endpoints.count)
        }
    }

    @Test func everyCallHasTheDocumentedStatusesAndProblemCodes() async throws {
        let operations = try OpenAPIDocument().operations()
        try await withEndpoints { endpoints in
            for endpoint in endpoints {
                let operation = try #require(operations.first { $0.operationID == endpoint.operationID })
                let statuses = endpoint.statuses.union(endpoint.problems.map(\.status))
                #expect(Set(operation.responses.keys) == statuses, "\(endpoint.operationID)")
                #expect(operation.problemCodes == Set(endpoint.problems.map(\.rawValue)), "\(endpoint.operationID)")
            }
        }
    }

    @Test(arguments: [
        (#"{"type": "integer", "minimum": 1}"#, "0"), (#"{"type": ["string", "null"]}"#, "1"),
        (#"{"required": ["a"], "properties": {"a": {}}}"#, "{}"),
        (#"{"required": ["a"], "properties": {"a": {}}}"#, #"{"a": 1, "b": 2}"#),
        (#"{"type": "array", "items": {"enum": ["x"]}}"#, #"["x", "y"]"#),
        (#"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#, "1"), (#"{"const": "ok"}"#, #""no""#),
        (#"{"allOf": [{"type": "object"}, {"required": ["a"]}]}"#, "{}"),
        (#"{"type": "array", "minItems": 2}"#, "[1]"), (#"{"type": "number", "maximum": 2}"#, "2.5"),
        (##"{"$ref": "#/s/Text"}"##, "1"),
    ])
    func theValidatorFindsWhatDoesNotFit(schema: String, value: String) throws {
        let document = OpenAPIDocument(root: ["s": ["Text": ["type": "string"]]])
        #expect(throws: OpenAPIDocument.Violation.self) {
            try document.validate(try JSON(parsing: value), try JSON(parsing: schema))
        }
    }

    @Test func theValidatorTakesWhatFits() throws {
        let document = OpenAPIDocument(root: ["s": ["Text": ["type": "string"]]])
        let schema: JSON = [
            "type": "object", "required": ["a"],
            "properties": ["a": ["type": ["number", "null"]], "b": ["$ref": "#/s/Text"]],
        ]
        for value: JSON in [["a": 1], ["a": nil, "b": "x"], ["a": 1.5]] { try document.validate(value, schema) }
    }
}
