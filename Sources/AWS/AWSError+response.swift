import HTTP
import JSON

extension AWSError {
    /// Reads the error of a response: XML from S3, JSON from the others, nothing but the status after `HEAD`.
    init(_ response: HTTPResponse, to request: AWSRequest, region: String) {
        var (code, message) = request.service == .s3 ? Self.xmlError(response.body) : Self.jsonError(response)
        if let theirs = response.headers["x-amz-bucket-region"], theirs != region, response.status != 403 {
            message = "the bucket is in region \(theirs), not in \(region): set AWS_REGION"
        }
        code = code.flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            Self.kind(status: response.status, code: code), service: request.service.rawValue,
            operation: request.operation, code: code, message: message ?? "HTTP status \(response.status)",
            status: response.status,
            requestID: response.headers["x-amz-request-id"] ?? response.headers["x-amzn-requestid"])
    }

    private static func xmlError(_ body: [UInt8]) -> (code: String?, message: String?) {
        do throws(XMLElement.ParseError) {
            let root = try XMLElement(parsing: body)
            return (root["Code"]?.text, root["Message"]?.text)
        } catch {
            return (nil, nil)
        }
    }

    /// The type stands in a header or in `__type`, with a namespace before `#` and sometimes a URL after `:`.
    private static func jsonError(_ response: HTTPResponse) -> (code: String?, message: String?) {
        var type = response.headers["x-amzn-errortype"]
        var message: String?
        do throws(JSONError) {
            let root = try JSON(parsing: response.body).node
            if type == nil { type = try root["__type"].optionalString() }
            message = try root["message"].optionalString()
            if message == nil { message = try root["Message"].optionalString() }
        } catch {
            // A proxy or a load balancer answered: the status has to do.
        }
        let code = type.map { $0.prefix { $0 != ":" } }.map { String($0.split(separator: "#").last ?? "") }
        return (code, message)
    }

    private static func kind(status: Int, code: String?) -> Kind {
        if let code {
            if throttlingCodes.contains(code) { return .throttled }
            if notFoundCodes.contains(code) { return .notFound }
            if deniedCodes.contains(code) { return .accessDenied }
            if code == "RequestTimeout" || code == "RequestTimeoutException" { return .timedOut }
        }
        return switch status {
        case 401, 403: .accessDenied
        case 404, 410: .notFound
        case 412: .preconditionFailed
        case 429: .throttled
        case 500...: .server
        default: .client
        }
    }

    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
        "SlowDown", "PriorRequestNotComplete", "KmsThrottled", "OverLimit",
    ]

    private static let notFoundCodes: Set<String> = [
        "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "QueueDoesNotExist", "NonExistentQueue",
        "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException",
    ]

    private static let deniedCodes: Set<String> = [
        "AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
        "ExpiredToken", "ExpiredTokenException", "InvalidSignatureException", "UnrecognizedClientException",
        "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationToken", "InvalidSecurity",
        "RequestTimeTooSkewed", "OptInRequired", "KmsAccessDenied",
    ]
}
