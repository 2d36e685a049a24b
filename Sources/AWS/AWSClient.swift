import FoundationEssentials
import HTTP
import Logging
import Synchronization

/// Signs, sends and retries calls to AWS; the clients of the single services are thin values over one of these.
package final class AWSClient: Sendable {
    package let configuration: AWSConfiguration
    package let http: HTTPClient
    private let credentials: any CredentialProvider
    private let logger: Logger
    private let now: @Sendable () -> Date
    /// What the clock of AWS is ahead of ours, once an answer told us that ours is wrong.
    private let clockOffsetSeconds = Mutex<TimeInterval>(0)

    package init(
        configuration: AWSConfiguration, http: HTTPClient, credentials: any CredentialProvider,
        logger: Logger = Logger(label: "aws"), now: @escaping @Sendable () -> Date = { Date.now }
    ) {
        self.configuration = configuration
        self.http = http
        self.credentials = credentials
        self.logger = logger
        self.now = now
    }

    /// A client as the environment describes it, with an HTTP client of its own (`AWS_CA_BUNDLE` names its trusted
    /// certificates).
    package static func standard(environment: [String: String], logger: Logger) throws(AWSError) -> AWSClient {
        let configuration = try AWSConfiguration.load(environment: environment)
        let http = HTTPClient(.init(certificateAuthorityFile: environment.nonEmpty("AWS_CA_BUNDLE")))
        let credentials = try CredentialChain.provider(
            environment: environment, http: http, retry: configuration.retry)
        return AWSClient(configuration: configuration, http: http, credentials: credentials, logger: logger)
    }

    /// Ends the calls in flight and the HTTP client's thread.
    package func shutdown() async { await http.shutdown() }

    // MARK: Calls

    /// Sends the call until it succeeds or the retry policy gives up. The response is a 2xx.
    package func send(_ request: AWSRequest) async throws(AWSError) -> HTTPResponse {
        try await send(request, to: nil)
    }

    /// Sends the call and writes the body into the file, from `offset` on; each attempt begins there again.
    func download(_ request: AWSRequest, to fileDescriptor: Int32, at offset: Int64) async throws(AWSError)
        -> HTTPResponse
    {
        try await send(request, to: (fileDescriptor, offset))
    }

    /// An URL that makes the call for `expiresSeconds`, with any body.
    func presignedURL(_ request: AWSRequest, expiresSeconds: Int) async throws(AWSError) -> String {
        guard 1...604_800 ~= expiresSeconds else {
            throw request.error(.client, "a presigned URL lives 1 s to 7 days, not \(expiresSeconds) s")
        }
        let signer = try await signer(for: request)
        let query = signer.presignedQuery(
            method: request.method, path: request.fullPath, query: request.query, host: request.endpoint.authority,
            expiresSeconds: expiresSeconds, at: signingDate)
        return request.url(query: query)
    }

    private func send(_ request: AWSRequest, to file: (descriptor: Int32, offset: Int64)?) async throws(AWSError)
        -> HTTPResponse
    {
        var attempt = 1
        var mayCorrectClock = true
        while true {
            do throws(AWSError) {
                return try await exchange(request, to: file, mayCorrectClock: &mayCorrectClock)
            } catch {
                guard error.isRetryable, attempt < configuration.retry.maximumAttempts else { throw error }
                logger.debug(
                    "AWS call failed and is tried again",
                    metadata: [
                        "aws.service": "\(request.service.rawValue)", "aws.operation": "\(request.operation)",
                        "aws.attempt": "\(attempt)", "error": "\(error)",
                    ])
                try await configuration.retry.pause(
                    afterAttempt: attempt, throttled: error.kind == .throttled, service: request.service.rawValue,
                    operation: request.operation)
                attempt += 1
            }
        }
    }

    /// One attempt; a second one at once when the first shows that our clock is wrong.
    private func exchange(
        _ request: AWSRequest, to file: (descriptor: Int32, offset: Int64)?, mayCorrectClock: inout Bool
    ) async throws(AWSError) -> HTTPResponse {
        while true {
            let date = signingDate
            let signed = try await sign(request, at: date)
            let response: HTTPResponse
            do throws(HTTPError) {
                if let file {
                    response = try await http.download(signed, to: file.descriptor, at: file.offset)
                } else {
                    response = try await http.send(signed)
                }
            } catch {
                throw AWSError(error, service: request.service.rawValue, operation: request.operation)
            }
            if response.isSuccess { return response }
            let error = AWSError(response, to: request, region: configuration.region)
            guard mayCorrectClock, correctClock(response, error, signedAt: date) else { throw error }
            mayCorrectClock = false
        }
    }

    private func sign(_ request: AWSRequest, at date: Date) async throws(AWSError) -> HTTPRequest {
        let signer = try await signer(for: request)
        let payloadHash = SignatureV4.hash(request.body)
        var headers = request.headers
        headers.set("Host", request.endpoint.authority)
        if request.service == .s3 { headers.set("x-amz-content-sha256", payloadHash) }
        signer.authorize(
            &headers, method: request.method, path: request.fullPath, query: request.query, payloadHash: payloadHash,
            at: date)
        return HTTPRequest(
            method: request.method, url: request.url(query: SignatureV4.canonicalQuery(request.query)),
            headers: headers, body: ["GET", "HEAD", "DELETE"].contains(request.method) ? nil : request.body,
            timeoutSeconds: request.timeoutSeconds, lowSpeedSeconds: request.lowSpeedSeconds,
            maximumResponseBytes: request.maximumResponseBytes)
    }

    private func signer(for request: AWSRequest) async throws(AWSError) -> SignatureV4 {
        SignatureV4(
            credentials: try await credentials.credentials(), region: configuration.region,
            service: request.service.rawValue)
    }

    // MARK: Clock

    private var signingDate: Date { now().addingTimeInterval(clockOffsetSeconds.withLock { $0 }) }

    /// AWS refuses signatures that are more than five minutes (S3: fifteen) off. True when the answer's `Date` says
    /// that this is the reason: the offset is kept for this and every later call.
    private func correctClock(_ response: HTTPResponse, _ error: AWSError, signedAt date: Date) -> Bool {
        // An answer to HEAD has no body, hence no code.
        let isSuspect = error.code.map(Self.clockCodes.contains) ?? (error.status == 403)
        guard isSuspect, let text = response.headers["Date"], let theirs = httpDate(text) else { return false }
        let offset = theirs.timeIntervalSince(date)
        guard abs(offset) > 240 else { return false }
        clockOffsetSeconds.withLock { $0 = theirs.timeIntervalSince(now()) }
        logger.warning(
            "The local clock is wrong; calls to AWS are signed with the time of its answers",
            metadata: ["aws.clock_offset_seconds": "\(Int(offset))"])
        return true
    }

    private static let clockCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure", "AccessDenied",
    ]
}

extension RetryPolicy {
    /// Sleeps before the next attempt.
    /// - Throws: ``AWSError/Kind/cancelled``.
    func pause(afterAttempt attempt: Int, throttled: Bool = false, service: String, operation: String)
        async throws(AWSError)
    {
        do {
            try await Task.sleep(for: .seconds(pauseSeconds(afterAttempt: attempt, throttled: throttled)))
        } catch {
            throw AWSError(.cancelled, service: service, operation: operation, message: "the call was cancelled")
        }
    }
}
