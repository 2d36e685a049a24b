import Configuration
import Foundation
import LogOutput
import PostgreSQL
import VideoAnalysis

/// A setting that is missing or cannot be used. Its description holds no secret.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The environment variable.
    let key: String
    /// Nil when it is not set, or when it is secret.
    let value: String?
    /// What the service needs instead.
    let expected: String

    var description: String {
        guard let value else { return "\(key) cannot be used: expected \(expected)" }
        return "\(key) is \"\(value)\": expected \(expected)"
    }
}

/// Where the database's address and password come from.
struct DatabaseSettings: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        /// Names a Secrets Manager secret in RDS form. It is read again for every new connection, since it rotates.
        case secret(id: String)
        case url(PostgreSQLConfiguration)
    }

    var source: Source
    /// Nil for the URL's own, or for what suits the secret's host.
    var sslMode: PostgreSQLConfiguration.SSLMode?
    var sslRootCertificate: String?
    /// Complete a secret that names no server: one that RDS manages itself holds only user and password.
    var host: String?
    var port: Int?
    var name: String?
    var poolSize: Int
    var migrateOnStart: Bool
}

/// Everything `analysis-service serve` is told by its environment.
struct ServiceConfiguration: Sendable {
    var host: String
    /// 0 takes a free port, which the log then names.
    var port: Int
    /// Nil lets every caller in.
    var internalToken: String?
    /// From a request's head to the end of its body.
    var requestTimeoutSeconds: Int
    /// Until the head of a connection's next request.
    var idleTimeoutSeconds: Int
    /// More wait until one of them ends.
    var maximumConnections: Int
    var database: DatabaseSettings
    var analysis: CoordinatorSettings
    /// Loaded before the service starts; nil for the detector that needs no model.
    var detectorModel: ModelReference?
    /// Loaded before the service starts: one for frames, one for objects, or none.
    var embeddingModels: [ModelReference]
    /// What runs the models.
    var inference: Inference
    /// Loaded before the service starts; nil for what the ground's geometry tells.
    var depthModel: ModelReference?

    /// - Parameter executablePath: of this program, which runs again as the child of each analysis.
    init(environment: [String: String], executablePath: String) throws(ConfigurationError) {
        let reader = SettingsReader(environment: environment)
        database = try DatabaseSettings(reader)
        host = reader.text("host") ?? "0.0.0.0"
        port = try reader.integer("port", in: 0...65535) ?? 8087
        internalToken = reader.text("internal.token")
        requestTimeoutSeconds = try reader.integer("request.timeout.seconds", in: 1...3600) ?? 60
        // Longer than the load balancer keeps its own connections, so that it never sends into one that closes.
        idleTimeoutSeconds = try reader.integer("idle.timeout.seconds", in: 1...3600) ?? 150
        maximumConnections = try reader.integer("max.connections", in: 1...65_536) ?? 512
        analysis = try CoordinatorSettings(reader, executablePath: executablePath)
        detectorModel = try reader.detectorModel()
        embeddingModels = try reader.modelReferences("embedding.model")
        inference = try reader.inference()
        depthModel = try reader.modelReference("depth.model")
    }
}

extension DatabaseSettings {
    init(environment: [String: String]) throws(ConfigurationError) {
        try self.init(SettingsReader(environment: environment))
    }

    fileprivate init(_ reader: SettingsReader) throws(ConfigurationError) {
        if let id = reader.text("db.secret.arn") {
            source = .secret(id: id)
        } else if let url = reader.text("database.url") {
            do {
                source = .url(try PostgreSQLConfiguration(url: url))
            } catch {
                throw ConfigurationError(
                    key: "DATABASE_URL", value: nil,
                    expected: "postgres://user:password@host:5432/name, but \(error.message)")
            }
        } else {
            throw ConfigurationError(
                key: "DB_SECRET_ARN", value: nil,
                expected: "the ARN or name of the database's secret, or else DATABASE_URL with postgres://...")
        }
        sslMode = try reader.choice("database.ssl.mode", among: PostgreSQLConfiguration.SSLMode.allCases)
        sslRootCertificate = try reader.authorities(isUsed: sslMode == .verifyFull)
        host = reader.text("database.host")
        port = try reader.integer("database.port", in: 1...65535)
        name = reader.text("database.name")
        poolSize = try reader.integer("database.pool.size", in: 2...100) ?? 8
        migrateOnStart = try reader.flag("migrate.on.start") ?? true
    }
}

extension CoordinatorSettings {
    fileprivate init(_ reader: SettingsReader, executablePath: String) throws(ConfigurationError) {
        guard let bucket = reader.text("s3.bucket.raw") else {
            throw ConfigurationError(
                key: "S3_BUCKET_RAW", value: nil, expected: "the name of the bucket with the videos")
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let temporary = FileManager.default.temporaryDirectory.path
        self.init(
            bucket: bucket, workFolder: reader.text("work.dir") ?? temporary + "/framelake",
            executablePath: executablePath)
        maximumConcurrent =
            try reader.integer("max.concurrent.analyses", in: 1...64) ?? max(1, cores / 2)
        maximumVideoBytes = Int64(
            try reader.integer("max.video.bytes", in: 1...(5 << 40)) ?? Int(maximumVideoBytes))
        maximumVideoSeconds =
            try reader.number("max.video.seconds", in: 1...604_800) ?? maximumVideoSeconds
        analysisTimeoutSeconds =
            try reader.number("analysis.timeout.seconds", in: 1...43_200) ?? analysisTimeoutSeconds
        downloadTimeoutSeconds =
            try reader.number("download.timeout.seconds", in: 1...43_200) ?? downloadTimeoutSeconds
        publishTimeoutSeconds =
            try reader.number("publish.timeout.seconds", in: 1...43_200) ?? publishTimeoutSeconds
        leaseSeconds = try reader.integer("analysis.lease.seconds", in: 5...3600) ?? leaseSeconds
        memoryLimitBytes = try reader.memoryLimitBytes() ?? memoryLimitBytes
        if memoryLimitBytes == 0 { memoryLimitBytes = nil }
        deletesWithSource = try reader.flag("delete.with.source") ?? false
        analysis = try AnalysisSettings(reader, maximumSeconds: maximumVideoSeconds)
    }
}

extension AnalysisSettings {
    fileprivate init(_ reader: SettingsReader, maximumSeconds: Double) throws(ConfigurationError) {
        self.init(maximumSeconds: maximumSeconds)
        framesPerSecond = try reader.number("analysis.fps", in: 0.01...1000)
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
private struct SettingsReader {
    private let config: ConfigReader

    init(environment: [String: String]) {
        let secrets: Set<String> = ["DATABASE_URL", "INTERNAL_TOKEN"]
        config = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: environment, secretsSpecifier: .specific(secrets)))
    }

    /// `s3.bucket.raw` is `S3_BUCKET_RAW`.
    private static func variable(_ key: String) -> String {
        key.uppercased().replacing(".", with: "_")
    }

    func text(_ key: String) -> String? {
        guard let value = config.string(forKey: ConfigKey(key)) else { return nil }
        let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw wrong(key, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let text = text(key) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw wrong(key, text, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        default: throw wrong(key, text, "true or false")
        }
    }

    /// Below 64 MiB no program starts; 0 is for no limit.
    func memoryLimitBytes() throws(ConfigurationError) -> Int64? {
        let key = "analysis.memory.bytes"
        let leastBytes = 64 << 20
        guard let bytes = try integer(key, in: 0...(1 << 42)) else { return nil }
        guard bytes == 0 || bytes >= leastBytes else {
            throw wrong(key, "\(bytes)", "at least \(leastBytes), or 0 for no limit")
        }
        return Int64(bytes)
    }

    func authorities(isUsed: Bool) throws(ConfigurationError) -> String? {
        let key = "database.ssl.root.cert"
        guard let path = text(key) else { return nil }
        guard !isUsed || FileManager.default.isReadableFile(atPath: path) else {
            throw wrong(key, path, "a file that can be read, with the authorities that DATABASE_SSL_MODE needs")
        }
        return path
    }

    func choice<Value: RawRepresentable<String>>(
        _ key: String, among values: [Value]
    ) throws(ConfigurationError) -> Value? {
        guard let text = text(key) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw wrong(key, text, values.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    private enum DetectorKind: String, CaseIterable {
        case hog, model
    }

    /// `DETECTOR` and `DETECTOR_MODEL`; the second alone is enough.
    func detectorModel() throws(ConfigurationError) -> ModelReference? {
        let kind = try choice("detector", among: DetectorKind.allCases)
        let model = try modelReference("detector.model")
        switch kind {
        case .model where model == nil:
            throw ConfigurationError(
                key: Self.variable("detector.model"), value: nil,
                expected: "the path or s3:// URI of a manifest or ONNX file, since DETECTOR is model")
        case .hog:
            if let model { throw wrong("detector.model", "\(model)", "no value, since DETECTOR is hog") }
            return nil
        case .model, nil: return model
        }
    }

    func inference() throws(ConfigurationError) -> Inference {
        let inference = try choice("inference", among: Inference.allCases) ?? .standard
        guard inference.isBuiltIn else {
            throw wrong("inference", inference.rawValue, "opencv, since OpenVINO is not built in (OPENVINO_DIR)")
        }
        return inference
    }

    /// Separated by commas.
    func modelReferences(_ key: String) throws(ConfigurationError) -> [ModelReference] {
        var references: [ModelReference] = []
        for part in (text(key) ?? "").split(separator: ",") {
            references.append(try modelReference(key, part.trimmingCharacters(in: .whitespaces)))
        }
        return references
    }

    func modelReference(_ key: String) throws(ConfigurationError) -> ModelReference? {
        guard let text = text(key) else { return nil }
        return try modelReference(key, text)
    }

    private func modelReference(_ key: String, _ text: String) throws(ConfigurationError) -> ModelReference {
        do throws(ModelError) {
            return try ModelReference(parsing: text)
        } catch {
            throw wrong(key, text, "the path or s3:// URI of a manifest (.json) or an ONNX file (.onnx)")
        }
    }

    private func wrong(_ key: String, _ value: String, _ expected: String) -> ConfigurationError {
        ConfigurationError(key: Self.variable(key), value: value, expected: expected)
    }
}
