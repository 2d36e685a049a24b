import Configuration
import FoundationEssentials
import LogOutput

/// A setting that is missing or cannot be used. Its description holds no secret.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The environment variable.
    let key: String
    /// Nil when it is not set.
    let value: String?
    /// What is needed instead.
    let expected: String

    var description: String {
        guard let value else { return "\(key) is not set: expected \(expected)" }
        return "\(key) is \"\(value)\": expected \(expected)"
    }
}

/// Where the queue is, and the service that `dlq` asks for reasons.
struct QueueConfiguration: Sendable, Hashable {
    /// `SQS_QUEUE_URL`: the main queue. Its redrive policy names the dead-letter queue.
    var queueURL: String
    /// `FASTAPI_ENDPOINT`: analysis-service's base URL.
    var endpoint: String?
    /// `S3_BUCKET_RAW`
    var bucket: String?
    /// `INTERNAL_TOKEN`: sent as `X-Internal-Token`. A secret.
    var internalToken: String?

    init(environment: [String: String]) throws(ConfigurationError) {
        let reader = SettingsReader(environment: environment)
        queueURL = try reader.url("sqs.queue.url", expected: "the URL of the main queue, https://sqs...")
        bucket = reader.text("s3.bucket.raw")
        endpoint =
            reader.text("fastapi.endpoint") == nil
            ? nil : try reader.url("fastapi.endpoint", expected: DrainConfiguration.endpointExpected)
        internalToken = reader.text("internal.token")
    }
}

/// Everything `batch-processor drain` is told by its environment.
///
/// `DB_SECRET_ARN`, which a deployment sets too, is not read: the job stores nothing.
struct DrainConfiguration: Sendable, Hashable {
    /// `SQS_QUEUE_URL`
    var queueURL: String
    /// `S3_BUCKET_RAW`: messages that name another bucket are left for the dead-letter queue.
    var bucket: String
    /// `FASTAPI_ENDPOINT`: analysis-service's base URL.
    var endpoint: String
    /// `INTERNAL_TOKEN`: sent as `X-Internal-Token`. A secret.
    var internalToken: String?
    /// `MAX_CONCURRENT_MESSAGES`
    var maximumConcurrentMessages: Int
    /// `DRAIN_GRACE_SECONDS`: how long work in flight may go on after SIGTERM; SIGKILL comes after 30 s.
    var graceSeconds: Int
    /// `RECEIVE_WAIT_SECONDS`: a long poll of this length that brings nothing means the queue is empty.
    var receiveWaitSeconds: Int
    /// `SERVICE_PATIENCE_SECONDS`: how long a service that cannot be reached, or answers 503, is asked again before
    /// the message backs off.
    var servicePatienceSeconds: Int

    static let endpointExpected = "the service's base URL, http://host:8087"

    init(environment: [String: String]) throws(ConfigurationError) {
        let reader = SettingsReader(environment: environment)
        let connection = try QueueConfiguration(environment: environment)
        queueURL = connection.queueURL
        bucket = try reader.required("s3.bucket.raw", expected: "the name of the bucket with the videos")
        endpoint = try reader.url("fastapi.endpoint", expected: Self.endpointExpected)
        internalToken = connection.internalToken
        maximumConcurrentMessages = try reader.integer("max.concurrent.messages", in: 1...64) ?? 2
        graceSeconds = try reader.integer("drain.grace.seconds", in: 0...20) ?? 20
        receiveWaitSeconds = try reader.integer("receive.wait.seconds", in: 1...20) ?? 5
        servicePatienceSeconds = try reader.integer("service.patience.seconds", in: 0...3600) ?? 120
    }
}

extension LogSettings {
    /// `LOG_LEVEL` and `LOG_FORMAT`.
    init(environment: [String: String]) throws(ConfigurationError) {
        let reader = SettingsReader(environment: environment)
        do {
            try self.init(
                level: reader.text("log.level"), format: reader.text("log.format"),
                isTerminal: LogSettings.standardErrorIsTerminal)
        } catch {
            throw ConfigurationError(key: error.key, value: error.value, expected: error.expected)
        }
    }
}

/// Reads typed settings from the environment; an empty variable is one that is not set.
struct SettingsReader {
    private let config: ConfigReader

    init(environment: [String: String]) {
        config = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: environment, secretsSpecifier: .specific(["INTERNAL_TOKEN"])))
    }

    /// - Parameter key: `s3.bucket.raw` is `S3_BUCKET_RAW`.
    func text(_ key: String) -> String? {
        guard let value = config.string(forKey: ConfigKey(key)) else { return nil }
        var trimmed = value[...].drop(while: \.isWhitespace)
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    func required(_ key: String, expected: String) throws(ConfigurationError) -> String {
        guard let text = text(key) else { throw wrong(key, nil, expected) }
        return text
    }

    func url(_ key: String, expected: String) throws(ConfigurationError) -> String {
        let text = try required(key, expected: expected)
        guard let components = URLComponents(string: text), ["http", "https"].contains(components.scheme),
            components.host?.isEmpty == false, components.query == nil, components.fragment == nil,
            components.user == nil, components.password == nil
        else {
            // What stands before an @ may be a password.
            throw wrong(key, text.contains("@") ? "(an address with user information)" : text, expected)
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw wrong(key, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private func wrong(_ key: String, _ value: String?, _ expected: String) -> ConfigurationError {
        ConfigurationError(key: key.uppercased().replacing(".", with: "_"), value: value, expected: expected)
    }
}
