import FoundationEssentials
import HTTP

/// Chooses the source of credentials in the order of the AWS SDKs: environment, shared profile, container endpoint,
/// EC2 instance metadata.
package enum CredentialChain {
    /// - Throws: ``AWSError/Kind/configuration`` or ``AWSError/Kind/credentials`` when what is configured cannot work.
    ///   Endpoints are asked later, at the first use.
    package static func provider(
        environment: [String: String], http: HTTPClient, retry: RetryPolicy = RetryPolicy(),
        now: @escaping @Sendable () -> Date = { Date.now }
    ) throws(AWSError) -> any CredentialProvider {
        if let credentials = try fromEnvironment(environment) { return StaticCredentials(credentials) }
        if let credentials = try fromProfile(environment) { return StaticCredentials(credentials) }
        let endpoint = CredentialEndpoint(http: http, retry: retry)
        if let container = try ContainerCredentials(environment: environment, endpoint: endpoint) {
            return CachedCredentials(container, now: now)
        }
        if let instance = try InstanceCredentials(environment: environment, endpoint: endpoint) {
            return CachedCredentials(instance, now: now)
        }
        throw .credentials(
            "none found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run with an IAM role "
                + "(the instance metadata service is disabled by AWS_EC2_METADATA_DISABLED)")
    }

    private static func fromEnvironment(_ environment: [String: String]) throws(AWSError) -> AWSCredentials? {
        switch (environment.nonEmpty("AWS_ACCESS_KEY_ID"), environment.nonEmpty("AWS_SECRET_ACCESS_KEY")) {
        case (let id?, let secret?):
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN"))
        case (nil, nil): return nil
        case (_?, nil): throw .configuration("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
        case (nil, _?): throw .configuration("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not")
        }
    }

    /// Keys in the profile. A profile that has none is an error when it names another way, or when it was asked for.
    private static func fromProfile(_ environment: [String: String]) throws(AWSError) -> AWSCredentials? {
        guard let profile = try SharedProfile.load(environment: environment) else { return nil }
        switch (profile["aws_access_key_id"], profile["aws_secret_access_key"]) {
        case (let id?, let secret?):
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
        case (nil, nil): break
        default:
            throw .configuration(
                "the AWS profile “\(profile.name)” has only one of aws_access_key_id and aws_secret_access_key")
        }
        let unsupported = [
            "sso_session", "sso_start_url", "sso_account_id", "role_arn", "credential_process",
            "web_identity_token_file", "login_session",
        ]
        if let setting = unsupported.first(where: { profile[$0] != nil }) {
            throw .configuration(
                "the AWS profile “\(profile.name)” uses \(setting), which is not supported here; run "
                    + "eval \"$(aws configure export-credentials --profile \(profile.name) --format env)\" first")
        }
        if environment.nonEmpty("AWS_PROFILE") != nil {
            throw .configuration("the AWS profile “\(profile.name)” has no aws_access_key_id")
        }
        return nil
    }
}
