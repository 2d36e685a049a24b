import FoundationEssentials
import JSON

/// AWS Secrets Manager (JSON protocol 1.1), reading only.
package struct SecretsManagerClient: Sendable {
    private let aws: AWSClient

    package init(_ aws: AWSClient) { self.aws = aws }

    /// The current version of the secret; a binary one as UTF-8 text.
    /// - Parameter id: name or ARN.
    /// - Throws: ``AWSError/Kind/notFound`` when there is no such secret.
    package func secretString(id: String) async throws(AWSError) -> String {
        let (answer, request) = try await aws.callJSON(
            .secretsManager, "GetSecretValue", target: "secretsmanager", version: "1.1", ["SecretId": .string(id)])
        return try request.reading { () throws(JSONError) in
            if let text = try answer["SecretString"].optionalString() { return text }
            let binary = try answer["SecretBinary"].string()
            guard let bytes = Data(base64Encoded: binary), let text = String(validating: bytes, as: UTF8.self) else {
                throw answer["SecretBinary"].error("expected UTF-8 text in base64")
            }
            return text
        }
    }
}
