import AnalysisAPI
import HTTP
import JSON
import Logging
import Synchronization
import TestSupport
import Testing

@testable import BatchProcessor

@Suite struct AnalysisClientTests {
    private static let request = AnalyzeRequest(bucket: "raw", key: "videos/a.mp4", sequencer: "0A")

    /// What the service would say.
    private static func status(
        _ state: AnalysisState, progress: Int = 0, code: ProblemCode? = nil
    ) -> AnalysisStatus {
        AnalysisStatus(
            analysisID: 7, videoID: "a", state: state, progress: progress, attempt: 1,
            framesDecoded: state == .completed ? 10 : nil, framesAnalysed: state == .completed ? 5 : nil,
            counts: state == .completed ? RowCounts(events: 3) : nil, errorCode: code,
            errorDetail: code.map { "\($0)" },
            createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z")
    }

    private static func accepted(_ state: AnalysisState = .processing) -> ScriptedHTTPServer.Reply {
        .response(
            202, headers: ["Location": "/analyses/7", "Retry-After": "0"], body: status(state).json.serialized())
    }

    private static func polled(
        _ state: AnalysisState, progress: Int = 0, code: ProblemCode? = nil
    ) -> ScriptedHTTPServer.Reply {
        .response(
            200, headers: ["Retry-After": "0"], body: status(state, progress: progress, code: code).json.serialized())
    }

    private static func problem(_ code: ProblemCode, retryAfter: Int? = nil) -> ScriptedHTTPServer.Reply {
        var headers: HTTPHeaders = ["Content-Type": Problem.mediaType]
        if let retryAfter { headers.set("Retry-After", "\(retryAfter)") }
        return .response(
            code.status, headers: headers, body: Problem(code: code, detail: "why").json.serialized())
    }

    private static let completed = AnalysisResult.completed(
        CompletedAnalysis(videoID: "a", analysisID: 7, framesAnalysed: 5, counts: RowCounts(events: 3)))

    /// How the client ended, and which calls it made.
    private func ask(
        _ replies: [ScriptedHTTPServer.Reply], token: String? = nil, outage: Duration = .seconds(120),
        onProgress: @escaping @Sendable (AnalysisStatus) -> Void = { _ in }
    ) async throws -> (result: Result<AnalysisResult, AnalysisFailure>, calls: [ScriptedHTTPServer.Request]) {
        try await ScriptedHTTPServer.with(replies: replies) { server in
            let http = HTTPClient()
            let client = AnalysisClient(
                http: http, endpoint: ServiceEndpoint(server.url), token: token, patience: .init(outage: outage),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let result: Result<AnalysisResult, AnalysisFailure>
            do throws(AnalysisFailure) {
                result = .success(try await client.analyze(Self.request, logger: client.logger, onProgress: onProgress))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            return (result, server.requests)
        }
    }

    private func methods(_ calls: [ScriptedHTTPServer.Request]) -> [String] {
        calls.map { "\($0.method) \($0.target)" }
    }

    @Test func itAsksThenPollsUntilTheCommit() async throws {
        let seen = Mutex<[Int]>([])
        let (result, calls) = try await ask(
            [Self.accepted(), Self.polled(.processing, progress: 40), Self.polled(.completed, progress: 100)],
            token: "s3cret"
        ) { status in seen.withLock { $0.append(status.progress) } }
        #expect(result == .success(Self.completed))
        #expect(methods(calls) == ["POST /analyze", "GET /analyses/7", "GET /analyses/7"])
        #expect(try AnalyzeRequest(json: try JSON(parsing: calls[0].body)) == Self.request)
        #expect(calls[0].headers["Prefer"] == "respond-async")
        #expect(calls[0].headers["Content-Type"] == "application/json")
        #expect(calls.allSatisfy { $0.headers["X-Internal-Token"] == "s3cret" })
        #expect(seen.withLock { $0 } == [0, 40, 100])
    }

    @Test func withoutATokenNoneIsSent() async throws {
        let (_, calls) = try await ask([Self.accepted(), Self.polled(.completed)])
        #expect(calls.allSatisfy { $0.headers["X-Internal-Token"] == nil })
    }

    @Test func anAnalysisThatWasDoneBeforeIsAnsweredAtOnce() async throws {
        let response = AnalyzeResponse(
            videoID: "a", analysisID: 7, framesDecoded: 10, framesAnalysed: 5, counts: RowCounts(events: 3))
        let (result, calls) = try await ask([.response(200, body: response.json.serialized())])
        let stored = CompletedAnalysis(
            videoID: "a", analysisID: 7, framesAnalysed: 5, counts: RowCounts(events: 3), wasDoneBefore: true)
        #expect(result == .success(.completed(stored)))
        #expect(calls.count == 1)
    }

    @Test func aFreeSlotIsWaitedForWithoutTheImpatienceOfAnOutage() async throws {
        let busy = Self.problem(.atCapacity, retryAfter: 0)
        let (result, calls) = try await ask([busy, busy, Self.accepted(), Self.polled(.completed)], outage: .zero)
        #expect(result == .success(Self.completed))
        #expect(methods(calls) == ["POST /analyze", "POST /analyze", "POST /analyze", "GET /analyses/7"])
    }

    /// The pause that the busy service asks for is longer than the patience, the one of the outage is not.
    @Test func anOutageAfterAWaitForASlotHasItsWholePatience() async throws {
        let busy = Self.problem(.atCapacity, retryAfter: 2)
        let (result, calls) = try await ask(
            [busy, Self.problem(.databaseUnavailable), Self.accepted(), Self.polled(.completed)],
            outage: .seconds(1.5))
        #expect(result == .success(Self.completed))
        #expect(methods(calls) == ["POST /analyze", "POST /analyze", "POST /analyze", "GET /analyses/7"])
    }

    @Test func anAnalysisThatIsGivenBackAgainAndAgainBacksOff() async throws {
        let round = [Self.accepted(), Self.polled(.processing), Self.polled(.pending)]
        let (result, calls) = try await ask(Array(repeating: round, count: 6).flatMap { $0 })
        guard case .failure(.transient(let reason, nil)) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(reason.contains("analysis 7 was given back 5 times in a row without any progress"))
        #expect(calls.count == 5 * round.count)
    }

    @Test func progressBetweenLetsAnAnalysisBeGivenBackAsOftenAsReplicasStop() async throws {
        let stopped = [Self.accepted(), Self.polled(.pending)]
        let progressed = [Self.accepted(), Self.polled(.processing, progress: 1), Self.polled(.pending)]
        let rounds = [stopped, stopped, stopped, stopped, progressed, stopped, stopped, stopped, stopped]
        let (result, _) = try await ask(rounds.flatMap { $0 } + [Self.accepted(), Self.polled(.completed)])
        #expect(result == .success(Self.completed))
    }

    @Test func anAnalysisThatADyingReplicaReleasedIsAskedForAgain() async throws {
        let (result, calls) = try await ask([
            Self.accepted(), Self.polled(.pending), Self.problem(.stopping, retryAfter: 0), Self.accepted(),
            Self.polled(.completed),
        ])
        #expect(result == .success(Self.completed))
        #expect(
            methods(calls) == [
                "POST /analyze", "GET /analyses/7", "POST /analyze", "POST /analyze", "GET /analyses/7",
            ])
    }

    @Test func anAnalysisWhoseProcessIsGoneIsAskedForAgainAtOnce() async throws {
        let lost = AnalysisStatus(
            analysisID: 7, videoID: "a", state: .processing, progress: 40, attempt: 1,
            lease: .init(
                expiresAt: "2026-01-01T00:01:00Z", isExpired: true, progressedAt: "2026-01-01T00:00:30Z"),
            createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:40Z")
        let (result, calls) = try await ask([
            Self.accepted(), .response(200, headers: ["Retry-After": "0"], body: lost.json.serialized()),
            Self.accepted(), Self.polled(.completed),
        ])
        #expect(result == .success(Self.completed))
        #expect(methods(calls) == ["POST /analyze", "GET /analyses/7", "POST /analyze", "GET /analyses/7"])
    }

    @Test func aRestartingServiceIsPolledPatiently() async throws {
        let (result, calls) = try await ask([
            Self.accepted(), .close(), .response(502, body: "<html>"), .response(503),
            .close("HTTP/1.1 200 OK\r\nCont"),
            Self.polled(.processing), Self.polled(.completed),
        ])
        #expect(result == .success(Self.completed))
        #expect(methods(calls).filter { $0.hasPrefix("POST") }.count == 1)
    }

    @Test func anAnalysisThatStaysUnknownIsAskedForAgain() async throws {
        let (result, calls) = try await ask([
            Self.accepted(), Self.problem(.notFound), Self.problem(.notFound), Self.problem(.notFound),
            Self.accepted(), Self.polled(.completed),
        ])
        #expect(result == .success(Self.completed))
        #expect(
            methods(calls) == [
                "POST /analyze", "GET /analyses/7", "GET /analyses/7", "GET /analyses/7", "POST /analyze",
                "GET /analyses/7",
            ])
    }

    @Test func aBusyOrStartingServiceIsAskedAgain() async throws {
        let (result, calls) = try await ask([
            Self.problem(.atCapacity, retryAfter: 0), Self.problem(.databaseUnavailable, retryAfter: 0), .close(),
            .response(429), .response(504, body: "<html>"), Self.accepted(), Self.polled(.completed),
        ])
        #expect(result == .success(Self.completed))
        #expect(calls.filter { $0.method == "POST" }.count == 6)
    }

    /// `atCapacity` is waited out.
    @Test(arguments: ProblemCode.allCases.filter { $0 != .atCapacity })
    func everyProblemHasItsClass(_ code: ProblemCode) async throws {
        let (result, calls) = try await ask([Self.problem(code, retryAfter: 9)], outage: .zero)
        let reason = "\(code.rawValue): why"
        switch code {
        case .unauthorized: #expect(result == .failure(.unauthorized(reason: reason)))
        case .superseded: #expect(result == .success(.superseded(reason: reason)))
        case _ where code.isPermanent: #expect(result == .failure(.permanent(reason: reason)))
        default: #expect(result == .failure(.transient(reason: reason, retryAfterSeconds: 9)))
        }
        #expect(calls.count == 1)
    }

    @Test(arguments: [
        (404, true), (400, true), (415, true), (422, true), (403, true), (408, false), (409, false), (429, false),
        (500, false), (502, false), (503, false), (302, false),
    ])
    func anAnswerWithoutACodeIsClassedByItsStatus(_ status: Int, _ isPermanent: Bool) async throws {
        let (result, _) = try await ask([.response(status, body: "<html>")], outage: .zero)
        let reason = "HTTP \(status)"
        #expect(
            result
                == .failure(
                    isPermanent ? .permanent(reason: reason) : .transient(reason: reason, retryAfterSeconds: nil)))
    }

    @Test(arguments: [
        (ProblemCode.corruptVideo, AnalysisFailure.permanent(reason: "corrupt_video: corruptVideo")),
        (.analysisCrashed, .transient(reason: "analysis_crashed: analysisCrashed", retryAfterSeconds: nil)),
        (.analysisTimedOut, .transient(reason: "analysis_timed_out: analysisTimedOut", retryAfterSeconds: nil)),
    ])
    func aFailedAnalysisIsClassedByItsCode(_ code: ProblemCode, _ expected: AnalysisFailure) async throws {
        let (result, _) = try await ask([Self.accepted(), Self.polled(.failed, code: code)])
        #expect(result == .failure(expected))
    }

    @Test(arguments: [
        "", "{", "[]", #"{"status":"queued"}"#, #"{"status":"success","video_id":3}"#,
    ])
    func anAnswerThatCannotBeReadIsNoSuccess(_ body: String) async throws {
        let (result, _) = try await ask([.response(200, body: body)])
        guard case .failure(.transient) = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func aServiceThatIsGoneIsUnreachable() async throws {
        let (result, _) = try await ask([.close()], outage: .zero)
        guard case .failure(.unreachable) = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func aTokenThatIsRefusedWhilePollingEndsTheWork() async throws {
        let (result, _) = try await ask([Self.accepted(), Self.problem(.unauthorized)])
        #expect(result == .failure(.unauthorized(reason: "unauthorized: why")))
    }

    @Test func cancellationEndsTheCall() async throws {
        try await ScriptedHTTPServer.with(replies: [.hold()]) { server in
            let http = HTTPClient()
            let client = AnalysisClient(
                http: http, endpoint: ServiceEndpoint(server.url), token: nil, patience: .init(outage: .seconds(120)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let work = Task { () async -> AnalysisFailure? in
                do throws(AnalysisFailure) {
                    _ = try await client.analyze(Self.request, logger: client.logger) { _ in }
                    return nil
                } catch {
                    return error
                }
            }
            try await eventually { !server.requests.isEmpty }
            work.cancel()
            #expect(await work.value == .cancelled)
            await http.shutdown()
        }
    }
}
