import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite struct AWSConfigurationTests {
    @Test(arguments: [
        (["AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"], "eu-west-1"),
        (["AWS_REGION": "", "AWS_DEFAULT_REGION": "us-west-2"], "us-west-2"),
    ])
    func regionComesFromTheEnvironment(environment: [String: String], region: String) throws {
        #expect(try AWSConfiguration.load(environment: environment).region == region)
    }

    @Test func regionComesFromTheProfile() async throws {
        try await TestPaths.withFolder { folder in
            let path = folder.appending(path: "config").path()
            try "[profile work]\nregion = ap-northeast-2 # Seoul\n".write(
                toFile: path, atomically: true, encoding: .utf8)
            let environment = ["AWS_CONFIG_FILE": path, "AWS_PROFILE": "work", "HOME": folder.path()]
            #expect(try AWSConfiguration.load(environment: environment).region == "ap-northeast-2")
        }
    }

    @Test(arguments: [
        ([:], "AWS_REGION"),
        (["AWS_REGION": "eu west"], "eu west"),
        (["AWS_REGION": "evil.example/"], "evil.example/"),
        (["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "localhost:4566"], "AWS_ENDPOINT_URL"),
        (["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SQS": "ftp://x"], "AWS_ENDPOINT_URL_SQS"),
        (["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://user:topsecret@host"], "AWS_ENDPOINT_URL"),
        (["AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "0"], "AWS_MAX_ATTEMPTS"),
        (["AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "many"], "AWS_MAX_ATTEMPTS"),
        (["AWS_PROFILE": "nobody", "HOME": "/nonexistent"], "nobody"),
    ])
    func badSettingIsNamed(environment: [String: String], name: String) {
        let error = #expect(throws: AWSError.self) { try AWSConfiguration.load(environment: environment) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(name) == true, "\(String(describing: error))")
        #expect(error?.message.contains("topsecret") == false)
    }

    @Test func endpointsComeFromTheRegionAndTheEnvironment() throws {
        let plain = try AWSConfiguration.load(environment: ["AWS_REGION": "eu-west-1"])
        #expect(plain.endpoint(for: .sqs).url == "https://sqs.eu-west-1.amazonaws.com")
        #expect(plain.endpoint(for: .secretsManager).url == "https://secretsmanager.eu-west-1.amazonaws.com")
        let china = try AWSConfiguration.load(environment: ["AWS_REGION": "cn-north-1"])
        #expect(china.endpoint(for: .s3).url == "https://s3.cn-north-1.amazonaws.com.cn")
        let custom = try AWSConfiguration.load(environment: [
            "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://localhost:4566/",
            "AWS_ENDPOINT_URL_S3": "https://storage.example:443/base//",
        ])
        #expect(custom.endpoint(for: .sqs).url == "http://localhost:4566")
        #expect(custom.endpoint(for: .secretsManager).isCustom)
        #expect(custom.endpoint(for: .s3).url == "https://storage.example/base")
        #expect(custom.endpoint(for: .s3).authority == "storage.example")
    }

    @Test func attemptsComeFromTheEnvironment() throws {
        let configuration = try AWSConfiguration.load(environment: ["AWS_REGION": "x", "AWS_MAX_ATTEMPTS": "7"])
        #expect(configuration.retry.maximumAttempts == 7)
    }

    @Test func retryPausesDoubleUpToTheirLimit() {
        let policy = RetryPolicy(maximumAttempts: 10, baseSeconds: 0.1, maximumSeconds: 1)
        let limits = (1...6).map { policy.limitSeconds(afterAttempt: $0, throttled: false) }
        #expect(limits == [0.1, 0.2, 0.4, 0.8, 1, 1])
        #expect(policy.limitSeconds(afterAttempt: 1, throttled: true) == 0.5)
        #expect(policy.limitSeconds(afterAttempt: 1000, throttled: true) == 1)
        let pauses = (0..<200).map { _ in policy.pauseSeconds(afterAttempt: 3, throttled: false) }
        #expect(pauses.allSatisfy { 0...0.4 ~= $0 })
        #expect(Set(pauses).count > 100)
    }
}
