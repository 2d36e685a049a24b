import AWS
import Foundation
import HTTP
import JSON
import Logging

/// The AWS emulator, and what a test needs of AWS that the product never calls: making buckets, queues and secrets.
package struct TestAWS: Sendable {
    package let client: AWSClient

    /// Variables as the AWS SDKs read them, for the emulator. They replace the process's own `AWS_` variables.
    package static var environment: [String: String] {
        get throws {
            [
                "AWS_ENDPOINT_URL": try TestEnvironment.awsEndpoint,
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "AKIAFRAMELAKELOCAL00",
                "AWS_SECRET_ACCESS_KEY": "local-secret-access-key",
                "AWS_EC2_METADATA_DISABLED": "true",
            ]
        }
    }

    /// The same with keys that are good only together with their session token.
    package static var temporaryEnvironment: [String: String] {
        get throws {
            try environment.merging([
                "AWS_ACCESS_KEY_ID": "ASIAFRAMELAKELOCAL00",
                "AWS_SECRET_ACCESS_KEY": "local-temporary-secret",
                "AWS_SESSION_TOKEN": "local/session+token==",
            ]) { $1 }
        }
    }

    /// This process's environment for a child, with the emulator's variables and nothing of the user's own AWS setup.
    package static func childEnvironment(adding variables: [String: String] = [:]) throws -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AWS_") }
            .merging(try environment) { $1 }.merging(variables) { $1 }
    }

    /// A client of the emulator; the caller shuts it down.
    package static func client() throws -> AWSClient {
        try AWSClient.standard(environment: environment, logger: Logger(label: "test.aws"))
    }

    /// A client for the length of the closure.
    package static func with<Result>(_ body: (TestAWS) async throws -> Result) async throws -> Result {
        let aws = TestAWS(client: try client())
        do {
            let result = try await body(aws)
            await aws.client.shutdown()
            return result
        } catch {
            await aws.client.shutdown()
            throw error
        }
    }

    /// A name that no other test has.
    package static func uniqueName(_ prefix: String = "test") -> String {
        "\(prefix)-\(UUID().uuidString.lowercased())"
    }

    package func createBucket(_ name: String = uniqueName(), versioned: Bool = false) async throws -> String {
        try await put("CreateBucket", bucket: name, query: [], body: "")
        if versioned {
            let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            try await put("PutBucketVersioning", bucket: name, query: [("versioning", "")], body: body)
        }
        return name
    }

    /// - Parameter versionID: nil makes a delete marker in a versioned bucket.
    package func deleteObject(bucket: String, key: String, versionID: String? = nil) async throws {
        let unreserved = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
        let path = "/\(bucket)/" + (key.addingPercentEncoding(withAllowedCharacters: unreserved) ?? key)
        let request = AWSRequest(
            service: .s3, operation: "DeleteObject", method: "DELETE",
            endpoint: client.configuration.endpoint(for: .s3),
            path: path, query: versionID.map { [("versionId", $0)] } ?? [])
        _ = try await client.send(request)
    }

    /// Sends the bucket's `ObjectCreated` and `ObjectRemoved` events of `videos/*.mp4` to the queue, which gets an `s3:TestEvent` at once.
    package func notify(bucket: String, queueARN: String, prefix: String = "videos/", suffix: String = ".mp4")
        async throws
    {
        let body = """
            <NotificationConfiguration><QueueConfiguration><Id>videos</Id><Queue>\(queueARN)</Queue>\
            <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event><Filter><S3Key>\
            <FilterRule><Name>prefix</Name><Value>\(prefix)</Value></FilterRule>\
            <FilterRule><Name>suffix</Name><Value>\(suffix)</Value></FilterRule>\
            </S3Key></Filter></QueueConfiguration></NotificationConfiguration>
            """
        try await put("PutBucketNotificationConfiguration", bucket: bucket, query: [("notification", "")], body: body)
    }

    package struct Queue: Sendable, Hashable {
        package let url: String
        package let arn: String
    }

    package func createQueue(
        _ name: String = uniqueName(), visibilityTimeoutSeconds: Int = 30, deadLetters: Queue? = nil,
        maxReceiveCount: Int = 3
    ) async throws -> Queue {
        var attributes: [String: JSON] = ["VisibilityTimeout": .string("\(visibilityTimeoutSeconds)")]
        if let deadLetters {
            let policy: JSON = .object([
                "deadLetterTargetArn": .string(deadLetters.arn), "maxReceiveCount": .integer(Int64(maxReceiveCount)),
            ])
            attributes["RedrivePolicy"] = .string(policy.serialized())
        }
        let answer = try await call(
            .sqs, "CreateQueue", target: "AmazonSQS", version: "1.0",
            ["QueueName": .string(name), "Attributes": .object(attributes)])
        let url = try answer["QueueUrl"].string()
        return Queue(url: url, arn: try await SQSClient(client, queueURL: url).attributes().arn)
    }

    /// - Returns: the secret's ARN.
    package func createSecret(_ value: String, name: String = uniqueName()) async throws -> String {
        let answer = try await call(
            .secretsManager, "CreateSecret", target: "secretsmanager", version: "1.1",
            ["Name": .string(name), "SecretString": .string(value), "ClientRequestToken": .string(UUID().uuidString)])
        return try answer["ARN"].string()
    }

    private func put(
        _ operation: String, bucket: String, query: [(name: String, value: String)], body: String
    ) async throws {
        let request = AWSRequest(
            service: .s3, operation: operation, method: "PUT", endpoint: client.configuration.endpoint(for: .s3),
            path: "/\(bucket)", query: query, headers: ["Content-Type": "application/xml"], body: Array(body.utf8))
        _ = try await client.send(request)
    }

    private func call(
        _ service: AWSService, _ operation: String, target: String, version: String, _ body: [String: JSON]
    ) async throws -> JSONNode {
        let request = AWSRequest(
            service: service, operation: operation, endpoint: client.configuration.endpoint(for: service),
            headers: ["Content-Type": "application/x-amz-json-\(version)", "X-Amz-Target": "\(target).\(operation)"],
            body: Array(JSON.object(body).serialized().utf8))
        return try JSON(parsing: try await client.send(request).body).node
    }
}
