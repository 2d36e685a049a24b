/// The services that are spoken here; the raw value is the name in hosts and in credential scopes.
package enum AWSService: String, Sendable, CaseIterable {
    case batch
    case s3
    case sqs
    case secretsManager = "secretsmanager"

    /// The service's own endpoint variable of the AWS SDKs.
    var endpointVariable: String {
        switch self {
        case .batch: "AWS_ENDPOINT_URL_BATCH"
        case .s3: "AWS_ENDPOINT_URL_S3"
        case .sqs: "AWS_ENDPOINT_URL_SQS"
        case .secretsManager: "AWS_ENDPOINT_URL_SECRETS_MANAGER"
        }
    }
}
