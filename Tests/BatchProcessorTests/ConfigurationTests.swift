import LogOutput
import Testing

@testable import BatchProcessor

@Suite struct ConfigurationTests {
    private static let minimal = [
        "SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q", "S3_BUCKET_RAW": "raw",
        "FASTAPI_ENDPOINT": "http://service:8087",
    ]

    @Test func defaultsWork() throws {
        let configuration = try DrainConfiguration(environment: Self.minimal)
        #expect(configuration.queueURL == "https://sqs.eu-west-1.amazonaws.com/1/q")
        #expect(configuration.bucket == "raw")
        #expect(configuration.endpoint == "http://service:8087")
        #expect(configuration.internalToken == nil)
        #expect(configuration.maximumConcurrentMessages == 2)
        #expect(configuration.graceSeconds == 20)
        #expect(configuration.receiveWaitSeconds == 5)
        #expect(configuration.servicePatienceSeconds == 120)
    }

    @Test(arguments: [
        ("SQS_QUEUE_URL", "", "SQS_QUEUE_URL is not set: expected the URL of the main queue, https://sqs..."),
        (
            "SQS_QUEUE_URL", "my-queue",
            "SQS_QUEUE_URL is \"my-queue\": expected the URL of the main queue, https://sqs..."
        ),
        ("S3_BUCKET_RAW", " ", "S3_BUCKET_RAW is not set: expected the name of the bucket with the videos"),
        (
            "FASTAPI_ENDPOINT", "service:8087",
            "FASTAPI_ENDPOINT is \"service:8087\": expected the service's base URL, http://host:8087"
        ),
        (
            "FASTAPI_ENDPOINT", "http://user:secret@service:8087",
            "FASTAPI_ENDPOINT is \"(an address with user information)\": "
                + "expected the service's base URL, http://host:8087"
        ),
        (
            "FASTAPI_ENDPOINT", "user:secret@service:8087",
            "FASTAPI_ENDPOINT is \"(an address with user information)\": "
                + "expected the service's base URL, http://host:8087"
        ),
        (
            "MAX_CONCURRENT_MESSAGES", "0",
            "MAX_CONCURRENT_MESSAGES is \"0\": expected a whole number from 1 to 64"
        ),
        ("DRAIN_GRACE_SECONDS", "21", "DRAIN_GRACE_SECONDS is \"21\": expected a whole number from 0 to 20"),
        ("RECEIVE_WAIT_SECONDS", "soon", "RECEIVE_WAIT_SECONDS is \"soon\": expected a whole number from 1 to 20"),
        (
            "SERVICE_PATIENCE_SECONDS", "-1",
            "SERVICE_PATIENCE_SECONDS is \"-1\": expected a whole number from 0 to 3600"
        ),
    ])
    func aWrongValueNamesKeyValueAndExpectation(_ key: String, _ value: String, _ expected: String) {
        let environment = Self.minimal.merging([key: value]) { $1 }
        let error = #expect(throws: ConfigurationError.self) { try DrainConfiguration(environment: environment) }
        #expect(error?.description == expected)
    }

    @Test func theDeadLetterCommandsNeedTheQueueAlone() throws {
        let configuration = try QueueConfiguration(environment: ["SQS_QUEUE_URL": "http://localhost:1/q"])
        #expect(configuration.endpoint == nil)
        #expect(configuration.bucket == nil)
    }

    @Test func logSettingsAreChecked() {
        let error = #expect(throws: ConfigurationError.self) { try LogSettings(environment: ["LOG_FORMAT": "xml"]) }
        #expect(error?.description == "LOG_FORMAT is \"xml\": expected json or text")
    }
}
