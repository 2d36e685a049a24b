import LogOutput
import PostgreSQL
import Testing
import VideoAnalysis

@testable import AnalysisService

@Suite struct ConfigurationTests {
    static let least = ["S3_BUCKET_RAW": "raw", "DATABASE_URL": "postgres://user:topsecret@db.example/name"]

    private func read(_ variables: [String: String]) throws(ConfigurationError) -> ServiceConfiguration {
        try ServiceConfiguration(
            environment: Self.least.merging(variables) { $1 }, executablePath: "/bin/analysis-service")
    }

    @Test func bucketAndDatabaseAreEnough() throws {
        let configuration = try read([:])
        #expect(configuration.port == 8087)
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.internalToken == nil)
        #expect(configuration.database.migrateOnStart)
        #expect(configuration.analysis.bucket == "raw")
        #expect(configuration.analysis.executablePath == "/bin/analysis-service")
        #expect(configuration.analysis.maximumConcurrent >= 1)
        #expect(configuration.analysis.analysis.framesPerSecond == nil)
    }

    @Test func everyVariableIsRead() throws {
        let configuration = try read([
            "HOST": "127.0.0.1", "PORT": "0", "INTERNAL_TOKEN": "t", "ANALYSIS_FPS": "2.5", "DETECTOR": "hog",
            "MAX_CONCURRENT_ANALYSES": "3", "MAX_VIDEO_BYTES": "1000", "MAX_VIDEO_SECONDS": "60",
            "ANALYSIS_TIMEOUT_SECONDS": "90", "WORK_DIR": "/data", "ANALYSIS_LEASE_SECONDS": "30",
            "ANALYSIS_MEMORY_BYTES": "0", "MIGRATE_ON_START": "no", "DATABASE_POOL_SIZE": "4",
            "DATABASE_SSL_MODE": "verify-full", "DATABASE_SSL_ROOT_CERT": "/dev/null", "DB_SECRET_ARN": "arn:x",
            "DATABASE_HOST": "db", "DATABASE_PORT": "6000", "DATABASE_NAME": "n", "REQUEST_TIMEOUT_SECONDS": "5",
            "IDLE_TIMEOUT_SECONDS": "6", "MAX_CONNECTIONS": "7",
        ])
        #expect(configuration.port == 0 && configuration.host == "127.0.0.1" && configuration.internalToken == "t")
        #expect(configuration.requestTimeoutSeconds == 5 && configuration.idleTimeoutSeconds == 6)
        #expect(configuration.maximumConnections == 7)
        let analysis = configuration.analysis
        #expect(analysis.analysis.framesPerSecond == 2.5 && analysis.analysis.maximumSeconds == 60)
        #expect(analysis.maximumConcurrent == 3 && analysis.maximumVideoBytes == 1000)
        #expect(analysis.maximumVideoSeconds == 60 && analysis.analysisTimeoutSeconds == 90)
        #expect(analysis.workFolder == "/data" && analysis.leaseSeconds == 30 && analysis.memoryLimitBytes == nil)
        #expect(
            configuration.database
                == DatabaseSettings(
                    source: .secret(id: "arn:x"), sslMode: .verifyFull, sslRootCertificate: "/dev/null", host: "db",
                    port: 6000, name: "n", poolSize: 4, migrateOnStart: false))
    }

    @Test(
        arguments: [
            ("S3_BUCKET_RAW", " ", nil), ("PORT", "65536", "65536"), ("PORT", "http", "http"),
            ("REQUEST_TIMEOUT_SECONDS", "0", "0"), ("IDLE_TIMEOUT_SECONDS", "x", "x"), ("MAX_CONNECTIONS", "0", "0"),
            ("ANALYSIS_FPS", "0", "0"), ("ANALYSIS_FPS", "nan", "nan"), ("DETECTOR", "yolo", "yolo"),
            ("DETECTOR_MODEL", "/m.bin", "/m.bin"), ("DETECTOR_MODEL", "s3://bucket", "s3://bucket"),
            ("DEPTH_MODEL", "/m.bin", "/m.bin"),
            ("DETECTOR", "model", nil), ("INFERENCE", "tensorrt", "tensorrt"), ("MAX_CONCURRENT_ANALYSES", "0", "0"),
            ("MAX_VIDEO_BYTES", "-1", "-1"), ("MAX_VIDEO_SECONDS", "0", "0"),
            ("ANALYSIS_TIMEOUT_SECONDS", "1e9", "1e9"),
            ("MIGRATE_ON_START", "maybe", "maybe"), ("DATABASE_SSL_MODE", "verify-ca", "verify-ca"),
            ("DATABASE_URL", "http://user:topsecret@db", nil), ("DATABASE_URL", "", nil),
            ("DATABASE_URL", "postgres://user:topsecret@db/name?topsecret=1", nil),
            ("ANALYSIS_MEMORY_BYTES", "1000000", "1000000"),
        ] as [(String, String, String?)])
    func aWrongValueIsNamedWithWhatWasExpected(key: String, value: String, shown: String?) throws {
        let error = try #require(throws: ConfigurationError.self) { try read([key: value]) }
        #expect(error.key == key || ["DB_SECRET_ARN", "DETECTOR_MODEL"].contains(error.key))
        #expect(error.value == shown)
        #expect(!error.expected.isEmpty)
        #expect(!"\(error)".contains("topsecret"))
    }

    @Test func authoritiesThatAreNeededMustBeThere() throws {
        let variable = "DATABASE_SSL_ROOT_CERT"
        let error = try #require(throws: ConfigurationError.self) {
            try read(["DATABASE_SSL_MODE": "verify-full", variable: "/nowhere.pem"])
        }
        #expect(error.key == variable && error.value == "/nowhere.pem")
        #expect(try read([variable: "/nowhere.pem"]).database.sslRootCertificate == "/nowhere.pem")
    }

    @Test func theLibraryThatRunsModelsMustBeBuiltIn() throws {
        #expect(try read([:]).inference == .standard)
        #expect(try read(["INFERENCE": "opencv"]).inference == .opencv)
        if Inference.openvino.isBuiltIn {
            #expect(try read(["INFERENCE": "openvino"]).inference == .openvino)
        } else {
            let error = try #require(throws: ConfigurationError.self) { try read(["INFERENCE": "openvino"]) }
            #expect(error.key == "INFERENCE" && error.expected.contains("OPENVINO_DIR"))
        }
    }

    @Test func aModelReplacesTheDetectorThatNeedsNone() throws {
        #expect(try read([:]).detectorModel == nil)
        #expect(try read(["DETECTOR": "hog"]).detectorModel == nil)
        #expect(try read(["DETECTOR_MODEL": "/m.onnx"]).detectorModel == .file(path: "/m.onnx"))
        #expect(
            try read(["DETECTOR": "model", "DETECTOR_MODEL": "s3://b/models/m.json"]).detectorModel
                == .object(bucket: "b", key: "models/m.json"))
        let error = try #require(throws: ConfigurationError.self) {
            try read(["DETECTOR": "hog", "DETECTOR_MODEL": "/m.onnx"])
        }
        #expect(error.key == "DETECTOR_MODEL")
    }

    @Test func aDepthModelIsRead() throws {
        #expect(try read([:]).depthModel == nil)
        #expect(
            try read(["DEPTH_MODEL": "s3://b/depth/m.json"]).depthModel == .object(bucket: "b", key: "depth/m.json"))
    }

    @Test func aSecretGoesBeforeAURL() throws {
        #expect(try read(["DB_SECRET_ARN": "arn"]).database.source == .secret(id: "arn"))
    }
}

@Suite struct DatabaseSecretTests {
    private let settings = DatabaseSettings(source: .secret(id: "s"), poolSize: 2, migrateOnStart: true)

    @Test(arguments: [("5433", 5433), (#""5434""#, 5434), ("null", 5432)])
    func rdsFormIsRead(port: String, expected: Int) throws {
        let secret =
            #"{"engine":"postgres","host":"db.abc.eu-west-1.rds.amazonaws.com","port":\#(port),"username":"u","#
            + #""password":"p@ss","dbname":"videos"}"#
        let connection = try settings.connection(secret: secret, id: "s")
        #expect(connection.host == "db.abc.eu-west-1.rds.amazonaws.com" && connection.port == expected)
        #expect(connection.user == "u" && connection.password == "p@ss" && connection.database == "videos")
        #expect(connection.sslMode == .verifyFull)
    }

    @Test func aDatabaseOnThisMachineNeedsNoTLS() throws {
        for host in ["127.0.0.1", "localhost", "/run/postgresql"] {
            let secret = #"{"host":"\#(host)","username":"u","password":"p","dbname":"d"}"#
            #expect(try settings.connection(secret: secret, id: "s").sslMode == .prefer)
        }
    }

    @Test func whatASecretLacksComesFromTheEnvironment() throws {
        var settings = settings
        settings.host = "db.example"
        settings.name = "videos"
        settings.port = 6543
        let connection = try settings.connection(secret: #"{"username":"u","password":"p"}"#, id: "s")
        #expect(connection.host == "db.example" && connection.database == "videos" && connection.port == 6543)
    }

    @Test(arguments: [
        ("", "not in RDS form"), ("[]", "DATABASE_HOST"),
        (#"{"username":"u","password":"topsecret"}"#, "DATABASE_HOST"),
        (#"{"host":"h","username":"u","password":"topsecret"}"#, "DATABASE_NAME"),
        (#"{"host":"h","dbname":"d","username":"u"}"#, "password"),
        (#"{"host":"h","dbname":"d","password":"topsecret","username":7}"#, "username"),
        (#"{"host":"h","dbname":"d","password":"topsecret","username":"u","port":"x"}"#, "port"),
    ])
    func aWrongSecretIsAnErrorThatShowsNothingOfIt(secret: String, part: String) throws {
        let error = try #require(throws: PostgreSQLError.self) {
            try settings.connection(secret: secret, id: "my-secret")
        }
        #expect(error.kind == .configuration)
        #expect(error.message.contains(part) && error.message.contains("my-secret"))
        #expect(!error.message.contains("topsecret"))
    }
}
