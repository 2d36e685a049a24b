import Foundation
import HTTP
import TestSupport
import Testing

@testable import AWS

@Suite struct CredentialChainTests {
    private let retry = RetryPolicy(maximumAttempts: 3, baseSeconds: 0.001)

    private func credentials(_ environment: [String: String]) async throws -> AWSCredentials {
        let http = HTTPClient()
        return try await CredentialChain.provider(environment: environment, http: http, retry: retry).credentials()
    }

    // MARK: Environment and profile

    @Test func environmentComesFirst() async throws {
        let found = try await credentials([
            "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
        ])
        #expect(found == AWSCredentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T"))
    }

    private static let files = (
        config: """
        [default]
        region = eu-west-1
        [profile work]
        region=us-west-2
        aws_access_key_id = from-config
        [profile sso]
        sso_session = corp
        [profile role]
        role_arn = arn:aws:iam::123456789012:role/x
        source_profile = work
        s3 =
          max_concurrent_requests = 20
        [profile half]
        aws_access_key_id = only
        [profile none]
        output = json
        """,
        credentials: """
        # keys
        [work]
        aws_access_key_id = AKIAWORK
        aws_secret_access_key = abc/def+ghi=
        aws_session_token = token==
        """
    )

    private func withFiles(_ body: ([String: String]) async throws -> Void) async throws {
        try await TestPaths.withFolder { folder in
            let aws = folder.appending(path: ".aws")
            try FileManager.default.createDirectory(at: aws, withIntermediateDirectories: true)
            try Self.files.config.write(to: aws.appending(path: "config"), atomically: true, encoding: .utf8)
            try Self.files.credentials.write(to: aws.appending(path: "credentials"), atomically: true, encoding: .utf8)
            try await body(["HOME": folder.path(), "AWS_EC2_METADATA_DISABLED": "true"])
        }
    }

    @Test func profileIsReadFromBothFiles() async throws {
        try await withFiles { environment in
            let found = try await credentials(environment.merging(["AWS_PROFILE": "work"]) { $1 })
            #expect(
                found
                    == AWSCredentials(
                        accessKeyID: "AKIAWORK", secretAccessKey: "abc/def+ghi=", sessionToken: "token=="))
        }
    }

    @Test func filesMayBeElsewhere() async throws {
        try await withFiles { environment in
            let home = try #require(environment["HOME"])
            let found = try await credentials([
                "AWS_PROFILE": "work", "AWS_SHARED_CREDENTIALS_FILE": home + "/.aws/credentials",
                "AWS_CONFIG_FILE": home + "/none",
            ])
            #expect(found.accessKeyID == "AKIAWORK")
        }
    }

    @Test(arguments: [
        ("sso", "sso_session"), ("role", "role_arn"), ("half", "only one"), ("none", "aws_access_key_id"),
        ("missing", "no such profile"),
    ])
    func profileThatCannotWorkSaysWhy(profile: String, reason: String) async throws {
        try await withFiles { environment in
            let error = await #expect(throws: AWSError.self) {
                try await credentials(environment.merging(["AWS_PROFILE": profile]) { $1 })
            }
            #expect(error?.kind == .configuration)
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
            #expect(error?.message.contains(profile) == true)
        }
    }

    @Test func defaultProfileWithoutKeysIsPassedOver() async throws {
        try await withFiles { environment in
            let error = await #expect(throws: AWSError.self) { try await credentials(environment) }
            #expect(error?.kind == .credentials)
        }
    }

    @Test(arguments: [["AWS_ACCESS_KEY_ID": "A"], ["AWS_SECRET_ACCESS_KEY": "S"]])
    func halfAKeyIsAnError(environment: [String: String]) async {
        let error = await #expect(throws: AWSError.self) { try await credentials(environment) }
        #expect(error?.kind == .configuration)
    }

    @Test func printedCredentialsHoldNoSecret() {
        let credentials = AWSCredentials(accessKeyID: "AKIAID", secretAccessKey: "hidden", sessionToken: "hidden")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("AKIAID"))
            #expect(!text.contains("hidden"))
        }
    }

    // MARK: Container endpoint

    private static let document = """
        {"RoleArn":"r","AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t","Expiration":"2126-01-02T03:04:05Z"}
        """

    @Test func containerEndpointIsAskedWithItsToken() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(200, body: Self.document)]) { server in
            let found = try await credentials([
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/role?x=1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
            ])
            #expect(found.accessKeyID == "ASIA1")
            #expect(found.sessionToken == "t")
            #expect(found.expiration == Date(timeIntervalSince1970: 4_922_996_645))
            #expect(server.requests.map(\.target) == ["/role?x=1"])
            #expect(server.requests.first?.headers["Authorization"] == "Basic abc")
        }
    }

    @Test func containerTokenFileIsReadEachTime() async throws {
        try await ScriptedHTTPServer.with(replies: [
            .response(200, body: Self.document.replacing("2126", with: "2020"))
        ]) { server in
            try await TestPaths.withFolder { folder in
                let file = folder.appending(path: "token")
                try "first\n".write(to: file, atomically: true, encoding: .utf8)
                let http = HTTPClient()
                let provider = try CredentialChain.provider(
                    environment: [
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url,
                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path(),
                        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this",
                    ], http: http, retry: retry)
                _ = try await provider.credentials()
                try "second".write(to: file, atomically: true, encoding: .utf8)
                _ = try await provider.credentials()
                #expect(server.requests.map { $0.headers["Authorization"] } == ["first", "second"])
            }
        }
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.170.3/", "ftp://127.0.0.1/", "http://127.0.0.1.example.com/",
        "http://localhost@example.com/",
    ])
    func containerEndpointElsewhereIsRefused(url: String) async {
        let error = await #expect(throws: AWSError.self) {
            try await credentials(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        }
        #expect(error?.kind == .configuration)
    }

    @Test func containerEndpointIsAskedAgainWhenBusy() async throws {
        try await ScriptedHTTPServer.with(replies: [
            .response(500), .close(), .response(200, body: Self.document),
        ]) { server in
            let found = try await credentials(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
            #expect(found.accessKeyID == "ASIA1")
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: [
        ScriptedHTTPServer.Reply.response(403, body: "no"), .response(200, body: "{}"), .response(200, body: "<html>"),
        .response(200, body: #"{"Code":"Failed","Message":"no role"}"#), .response(500),
        .response(200, body: document.replacing("2126-01-02T03:04:05Z", with: "tomorrow")),
    ])
    func uselessAnswerIsACredentialsError(reply: ScriptedHTTPServer.Reply) async throws {
        try await ScriptedHTTPServer.with(replies: [reply]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await credentials(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
            }
            #expect(error?.kind == .credentials)
            #expect(error?.message.contains("SecretAccessKey\":") == false)
        }
    }

    // MARK: Instance metadata

    @Test func instanceMetadataIsAskedWithASession() async throws {
        let answer: @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply = { request in
            let hasSession = request.headers["X-aws-ec2-metadata-token"] == "session"
            return switch (request.method, request.target) {
            case ("PUT", "/latest/api/token"):
                request.headers["X-aws-ec2-metadata-token-ttl-seconds"] == nil
                    ? .response(400) : .response(200, body: "session")
            case ("GET", "/latest/meta-data/iam/security-credentials/") where hasSession:
                .response(200, body: "the-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/the-role") where hasSession:
                .response(200, body: #"{"Code":"Success",\#(Self.document.dropFirst())"#)
            default: .response(401)
            }
        }
        try await ScriptedHTTPServer.with(answer) { server in
            let found = try await credentials(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"])
            #expect(found.accessKeyID == "ASIA1")
        }
    }

    @Test func noCredentialsAnywhereSaysWhatWasTried() async throws {
        try await ScriptedHTTPServer.with(replies: [.response(404)]) { server in
            let error = await #expect(throws: AWSError.self) {
                try await credentials(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
            }
            #expect(error?.kind == .credentials)
            for word in ["AWS_ACCESS_KEY_ID", "profile", "container", "metadata", "404"] {
                #expect(error?.message.contains(word) == true)
            }
        }
    }
}
