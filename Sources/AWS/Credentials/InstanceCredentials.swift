import HTTP

/// The role of an EC2 instance, from its metadata service, version 2 (with a session token).
///
/// *Use the Instance Metadata Service to access instance metadata*, Amazon EC2 User Guide.
struct InstanceCredentials: CredentialProvider {
    private let base: String
    private let endpoint: CredentialEndpoint

    /// Nil when `AWS_EC2_METADATA_DISABLED` is true.
    init?(environment: [String: String], endpoint: CredentialEndpoint) throws(AWSError) {
        guard environment.nonEmpty("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
        let url = environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        guard let service = AWSEndpoint(parsing: url) else {
            throw .configuration("AWS_EC2_METADATA_SERVICE_ENDPOINT is “\(url)”; expected http://host[:port]")
        }
        base = service.url
        self.endpoint = endpoint
    }

    func credentials() async throws(AWSError) -> AWSCredentials {
        do throws(AWSError) {
            let session = try await endpoint.fetch(
                "\(base)/latest/api/token", method: "PUT",
                headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
            let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": session]
            let roles = try await endpoint.fetch("\(base)\(Self.path)", headers: headers)
            guard let role = roles.split(whereSeparator: \.isNewline).first else {
                throw AWSError.credentials("the instance has no IAM role")
            }
            let name = PercentEncoding.encode(String(role))
            let document = try await endpoint.fetch("\(base)\(Self.path)\(name)", headers: headers)
            return try CredentialEndpoint.credentials(from: document, of: "the instance metadata service")
        } catch {
            guard error.kind == .credentials else { throw error }
            throw .credentials(
                "none found: AWS_ACCESS_KEY_ID, the shared profile and the container endpoint are not set, and the "
                    + "instance metadata service has none: \(error.message)")
        }
    }

    private static let path = "/latest/meta-data/iam/security-credentials/"
}
