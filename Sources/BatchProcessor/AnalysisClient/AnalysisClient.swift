import AnalysisAPI
import HTTP
import JSON
import Logging

/// Has analysis-service analyse one object: asks by `POST /analyze` with `Prefer: respond-async`, then polls.
struct AnalysisClient: VideoAnalysing {
    /// How patiently a service in trouble is asked again while the message stays ours.
    struct Patience: Sendable, Hashable {
        /// For a service that cannot be reached, stops or has no database: a restart or a deployment. Counts from the
        /// first trouble after a good sign of the service.
        var outage: Duration
        /// For one whose analysis slots are all taken, which is no trouble at all: as long as SQS lets a message stay
        /// hidden, for giving it back would only use up its receives.
        var capacity = Duration.seconds(12 * 3600)
        /// An analysis that shows no sign of life for so long is asked for again: its replica may be gone, and only
        /// a new request takes over the lease.
        var stillness: Duration = .seconds(90)
        /// Longest pause between two questions.
        var longestPause: Duration = .seconds(10)
        /// An analysis that is given back so often in a row, each time before its first percent, is not asked for again
        /// at once. A deployment's replicas give it back once each, so there are a few more than replicas.
        var fruitlessRounds = 5

        init(outage: Duration) {
            self.outage = outage
        }
    }

    let http: HTTPClient
    let endpoint: ServiceEndpoint
    let token: String?
    let patience: Patience
    private(set) var logger: Logger
    let clock = ContinuousClock()

    init(http: HTTPClient, endpoint: ServiceEndpoint, token: String?, patience: Patience, logger: Logger) {
        self.http = http
        self.endpoint = endpoint
        self.token = token
        self.patience = patience
        self.logger = logger
    }

    func analyze(
        _ request: AnalyzeRequest, logger: Logger, onProgress: @escaping @Sendable (AnalysisStatus) -> Void
    ) async throws(AnalysisFailure) -> AnalysisResult {
        var client = self
        client.logger = logger
        return try await client.analyze(request, onProgress: onProgress)
    }

    func remove(_ request: RemovalRequest, logger: Logger) async throws(AnalysisFailure) -> RemovalResponse {
        var client = self
        client.logger = logger
        return try await client.remove(request)
    }

    private func analyze(
        _ request: AnalyzeRequest, onProgress: @Sendable (AnalysisStatus) -> Void
    ) async throws(AnalysisFailure) -> AnalysisResult {
        var fruitlessRounds = 0
        while true {
            let accepted: Accepted
            switch try await submit(request) {
            case .finished(let result): return result
            case .accepted(let answer): accepted = answer
            }
            onProgress(accepted.status)
            switch try await poll(accepted, onProgress: onProgress) {
            case .finished(let result): return result
            case .askAgain(let hasProgressed): fruitlessRounds = hasProgressed ? 0 : fruitlessRounds + 1
            }
            guard fruitlessRounds < patience.fruitlessRounds else {
                throw .transient(
                    reason: "analysis \(accepted.status.analysisID) was given back \(fruitlessRounds) times in a row "
                        + "without any progress; the service's log says why", retryAfterSeconds: nil)
            }
            logger.info("The analysis is asked for again", metadata: ["analysis.id": "\(accepted.status.analysisID)"])
        }
    }

    // MARK: Asking

    /// The answer 202.
    private struct Accepted {
        var status: AnalysisStatus
        var url: String
        var pause: Duration
    }

    private enum Submission {
        case finished(AnalysisResult)
        case accepted(Accepted)
    }

    private func submit(_ request: AnalyzeRequest) async throws(AnalysisFailure) -> Submission {
        var headers: HTTPHeaders = ["Content-Type": "application/json", "Prefer": "respond-async"]
        authorize(&headers)
        let call = HTTPRequest(
            method: "POST", url: endpoint.url("/analyze"), headers: headers,
            body: Array(request.json.serialized().utf8), maximumResponseBytes: 1 << 20)
        let begin = clock.now
        var outageBegin: ContinuousClock.Instant?
        var attempt = 0
        while true {
            logger.info(
                "Calling analysis-service", metadata: ["http.method": "POST", "http.url": "\(call.url)"])
            let answer = try await send(call)
            let failure: AnalysisFailure
            let isBusy: Bool
            switch answer {
            case .unreachable(let reason):
                failure = .unreachable(reason: reason)
                isBusy = false
            case .response(let response):
                logger.info("analysis-service answered", metadata: ["http.status": "\(response.status)"])
                if let submission = try submission(from: response) { return submission }
                let problem = ServiceProblem(response)
                if problem.code == .superseded { return .finished(.superseded(reason: problem.reason)) }
                failure = problem.failure
                guard problem.isOutage else { throw failure }
                isBusy = problem.code == .atCapacity
            }
            attempt += 1
            // A busy service is a well one: what follows has the whole patience again.
            outageBegin = isBusy ? nil : outageBegin ?? clock.now
            let pause = pause(attempt: attempt, retryAfter: failure.retryAfter)
            let end = outageBegin.map { $0 + patience.outage } ?? begin + patience.capacity
            guard clock.now + pause <= end else { throw failure }
            logger.info("analysis-service is asked again", metadata: ["reason": "\(failure)", "pause": "\(pause)"])
            try await sleep(pause)
        }
    }

    /// Nil when the response is an error.
    private func submission(from response: HTTPResponse) throws(AnalysisFailure) -> Submission? {
        do throws(JSONError) {
            switch response.status {
            case 202:
                let status = try AnalysisStatus(json: try JSON(parsing: response.body))
                let location = response.headers["Location"] ?? "/analyses/\(status.analysisID)"
                let pause = Duration.seconds(response.retryAfterSeconds ?? 2)
                return .accepted(Accepted(status: status, url: endpoint.url(location: location), pause: pause))
            case 200..<300:
                let root = try JSON(parsing: response.body).node
                guard try root["status"].string() == "success" else { throw root["status"].error("expected success") }
                let whole = root["events"].exists ? try AnalyzeResponse(json: root.value ?? .null) : nil
                return .finished(
                    .completed(
                        CompletedAnalysis(
                            videoID: try root["video_id"].optionalString(),
                            analysisID: try root["analysis_id"].optionalInt64(),
                            framesAnalysed: whole?.framesAnalysed, counts: whole?.counts, wasDoneBefore: true)))
            default: return nil
            }
        } catch {
            throw .transient(
                reason: "analysis-service's answer \(response.status) cannot be read: \(error)", retryAfterSeconds: nil)
        }
    }

    // MARK: Polling

    private enum Round {
        case finished(AnalysisResult)
        /// The analysis waits for a replica that takes it, is unknown, or shows no sign of life.
        case askAgain(hasProgressed: Bool)
    }

    private func poll(
        _ accepted: Accepted, onProgress: @Sendable (AnalysisStatus) -> Void
    ) async throws(AnalysisFailure) -> Round {
        var headers = HTTPHeaders()
        authorize(&headers)
        let call = HTTPRequest(url: accepted.url, headers: headers, maximumResponseBytes: 1 << 20)
        var pause = accepted.pause
        var misses = 0
        var hasProgressed = false
        var lastGoodAnswer = clock.now
        var lastSign = (status: accepted.status, at: clock.now)
        while true {
            try await sleep(min(max(pause, .milliseconds(100)), patience.longestPause))
            let trouble: AnalysisFailure
            switch try await send(call) {
            case .unreachable(let reason): trouble = .unreachable(reason: reason)
            case .response(let response) where response.status == 200:
                let status: AnalysisStatus
                do throws(JSONError) {
                    status = try AnalysisStatus(json: try JSON(parsing: response.body))
                } catch {
                    trouble = .transient(
                        reason: "the answer of \(call.url) cannot be read: \(error)", retryAfterSeconds: nil)
                    break
                }
                lastGoodAnswer = clock.now
                misses = 0
                onProgress(status)
                if let result = try Self.result(of: status) { return .finished(result) }
                if status.progress > 0 { hasProgressed = true }
                // Given back, or its process is gone: only a new request starts it again.
                if status.state == .pending || status.lease?.isExpired == true {
                    return .askAgain(hasProgressed: hasProgressed)
                }
                if status != lastSign.status { lastSign = (status, clock.now) }
                if clock.now - lastSign.at > patience.stillness { return .askAgain(hasProgressed: hasProgressed) }
                pause = .seconds(response.retryAfterSeconds ?? 2)
                continue
            case .response(let response):
                let problem = ServiceProblem(response)
                if case .unauthorized = problem.failure { throw problem.failure }
                trouble = .transient(
                    reason: "\(call.url) answered \(problem.reason)", retryAfterSeconds: response.retryAfterSeconds)
                if response.status == 404, misses >= 2 { return .askAgain(hasProgressed: hasProgressed) }
            }
            misses += 1
            pause = self.pause(attempt: misses, retryAfter: trouble.retryAfter)
            guard clock.now + pause - lastGoodAnswer <= patience.outage else { throw trouble }
            logger.warning(
                "The analysis' status cannot be read; tried again",
                metadata: ["http.url": "\(call.url)", "reason": "\(trouble)"])
        }
    }

    /// - Returns: nil while the analysis is under way.
    private static func result(of status: AnalysisStatus) throws(AnalysisFailure) -> AnalysisResult? {
        switch status.state {
        case .pending, .processing: return nil
        case .completed:
            return .completed(
                CompletedAnalysis(
                    videoID: status.videoID, analysisID: status.analysisID, framesAnalysed: status.framesAnalysed,
                    counts: status.counts))
        case .failed:
            let code = status.errorCode ?? .internalError
            let reason = "\(code.rawValue): \(status.errorDetail ?? code.title)"
            if code == .superseded { return .superseded(reason: reason) }
            throw code.isPermanent ? .permanent(reason: reason) : .transient(reason: reason, retryAfterSeconds: nil)
        }
    }

    // MARK: Calls

    enum Answer {
        case response(HTTPResponse)
        case unreachable(reason: String)
    }

    func send(_ request: HTTPRequest) async throws(AnalysisFailure) -> Answer {
        do throws(HTTPError) {
            return .response(try await http.send(request))
        } catch {
            if error.kind == .cancelled { throw .cancelled }
            return .unreachable(reason: "analysis-service cannot be reached: \(error)")
        }
    }

    func authorize(_ headers: inout HTTPHeaders) {
        if let token { headers.set("X-Internal-Token", token) }
    }

    func sleep(_ pause: Duration) async throws(AnalysisFailure) {
        do { try await clock.sleep(for: pause) } catch { throw .cancelled }
    }

    /// Doubles from a quarter of a second, with jitter; never shorter than the service asks for.
    func pause(attempt: Int, retryAfter: Int?) -> Duration {
        let span = min(Duration.milliseconds(250) * (1 << min(attempt, 10)), patience.longestPause)
        return max(span * Double.random(in: 0.5...1), .seconds(retryAfter ?? 0))
    }
}

extension AnalysisFailure {
    var retryAfter: Int? {
        guard case .transient(_, let seconds) = self else { return nil }
        return seconds
    }
}

extension HTTPResponse {
    /// `Retry-After` in seconds, at most an hour; its form as a date is not read.
    var retryAfterSeconds: Int? {
        headers["Retry-After"].flatMap { Int($0) }.map { min(max($0, 0), 3600) }
    }
}
