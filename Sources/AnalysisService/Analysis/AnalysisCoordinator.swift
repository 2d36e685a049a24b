import AWS
import AnalysisAPI
import FoundationEssentials
import Logging
import ServiceLifecycle
import Synchronization

/// Runs analyses: claims an object, downloads it, has a child process analyse it, publishes the rows.
///
/// The claims live in the database, so several replicas share the work: the same object is analysed once, and any of
/// them answers for it.
actor AnalysisCoordinator {
    private struct Job: Sendable {
        let claim: AnalysisClaim
        let source: SourceObject
    }

    private struct Running {
        let job: Job
        var waiters: [AsyncStream<AnalysisRun.Outcome>.Continuation] = []
    }

    /// What a caller that was refused waits before it asks again.
    private static let capacityRetrySeconds = 10
    private static let pollInterval = Duration.milliseconds(500)

    private let settings: CoordinatorSettings
    private let store: AnalysisStore
    private let s3: S3Client
    private let logger: Logger
    private let metrics = AnalysisMetrics()
    /// Names this process in leases.
    private let owner: String
    private let jobs: AsyncStream<Job>
    private let jobsIn: AsyncStream<Job>.Continuation
    private let stopping = Atomic(false)
    private var running: [Int64: Running] = [:]
    private var reserved = 0

    init(settings: CoordinatorSettings, store: AnalysisStore, s3: S3Client, logger: Logger) {
        self.settings = settings
        self.store = store
        self.s3 = s3
        self.logger = logger
        let process = ProcessInfo.processInfo
        owner = "\(process.hostName)/\(process.processIdentifier)/\(String(UInt32.random(in: 0 ... .max), radix: 16))"
        (jobs, jobsIn) = AsyncStream.makeStream()
    }

    /// True once the service was told to stop: new analyses are refused.
    nonisolated var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Analyses that this replica runs now.
    var inFlight: Int { running.count }

    // MARK: Requests

    /// Checks the object, claims it and starts its analysis, or attaches to what other requests have started.
    func submit(_ request: AnalyzeRequest) async throws(Problem) -> Submission {
        guard !isStopping else { throw .stopping }
        let source = try await source(of: request)
        // Taken before the claim, so that the claims of many requests at once do not outnumber the slots.
        let hasSlot = running.count + reserved < settings.maximumConcurrent
        if hasSlot { reserved += 1 }
        defer { if hasSlot { reserved -= 1 } }

        let outcome = try await answering { (store) throws(StoreError) in
            try await store.claim(
                source, fingerprint: settings.analysis.fingerprint, force: request.force, owner: owner,
                leaseSeconds: settings.leaseSeconds, hasSlot: hasSlot)
        }
        switch outcome {
        case .inProgress(let record): return .accepted(record.status)
        case .finished(let record): return .finished(try AnalyzeResponse(completed: record))
        case .superseded: throw .superseded(bucket: source.bucket, key: source.key)
        case .unclaimed:
            throw Problem(
                code: .atCapacity, detail: "\(settings.maximumConcurrent) analyses run already.",
                retryAfterSeconds: Self.capacityRetrySeconds)
        case .claimed(let claim):
            return .accepted(try await start(Job(claim: claim, source: source)))
        }
    }

    /// - Throws: `superseded` for an upload whose object a newer removal took away, or whose key has a newer one.
    private func source(of request: AnalyzeRequest) async throws(Problem) -> SourceObject {
        do throws(Problem) {
            return try await ObjectCheck(settings: settings, s3: s3).source(of: request)
        } catch {
            guard error.code == .objectNotFound, let sequencer = request.sequencer, !request.force else { throw error }
            let isSuperseded = try await answering { (store) throws(StoreError) in
                try await store.isSuperseded(bucket: request.bucket, key: request.key, sequencer: sequencer)
            }
            throw isSuperseded ? .superseded(bucket: request.bucket, key: request.key) : error
        }
    }

    private func start(_ job: Job) async throws(Problem) -> AnalysisStatus {
        let id = job.claim.analysisID
        let record: AnalysisRecord?
        do throws(Problem) {
            record = try await answering { (store) throws(StoreError) in try await store.analysis(id: id) }
        } catch {
            try await giveBack(job.claim)
            throw error
        }
        guard let record else { throw Problem(code: .notFound, detail: "The analysis \(id) was deleted.") }
        running[id] = Running(job: job)
        guard case .enqueued = jobsIn.yield(job) else {
            running[id] = nil
            try await giveBack(job.claim)
            throw .stopping
        }
        metrics.running(running.count)
        return record.status
    }

    /// Returns when the analysis has been committed, whichever replica runs it.
    func wait(for analysisID: Int64) async throws(Problem) -> AnalyzeResponse {
        while true {
            if let outcome = await outcomeHere(of: analysisID) {
                switch outcome {
                case .completed(let response): return response
                case .failed(let problem), .released(let problem): throw problem
                case .lost: break
                }
            }
            let record = try await answering { (store) throws(StoreError) in try await store.analysis(id: analysisID) }
            guard let record else { throw Problem(code: .notFound, detail: "There is no analysis \(analysisID).") }
            switch record.state {
            case .completed: return try AnalyzeResponse(completed: record)
            case .failed:
                let status = record.status
                throw Problem(
                    code: status.errorCode ?? .internalError, detail: status.errorDetail ?? "The analysis failed.")
            case .pending: throw .givenBack
            case .processing where record.leaseExpired: throw .givenBack
            case .processing: break
            }
            do {
                try await Task.sleep(for: Self.pollInterval)
            } catch {
                throw .stopping
            }
        }
    }

    /// Waits for an analysis that this replica runs; nil for others, and when the task is cancelled.
    private func outcomeHere(of analysisID: Int64) async -> AnalysisRun.Outcome? {
        guard running[analysisID] != nil else { return nil }
        let (outcomes, continuation) = AsyncStream.makeStream(of: AnalysisRun.Outcome.self)
        running[analysisID]?.waiters.append(continuation)
        for await outcome in outcomes { return outcome }
        return nil
    }

    /// Nil for an analysis that never was.
    func status(of analysisID: Int64) async throws(Problem) -> AnalysisStatus? {
        try await answering { (store) throws(StoreError) in try await store.analysis(id: analysisID)?.status }
    }

    private func giveBack(_ claim: AnalysisClaim) async throws(Problem) {
        try await answering { (store) throws(StoreError) in try await store.release(claim) }
    }

    private func answering<Value>(
        _ body: (AnalysisStore) async throws(StoreError) -> Value
    ) async throws(Problem) -> Value {
        do throws(StoreError) {
            return try await body(store)
        } catch {
            let problem = Problem(answering: error)
            // What the caller did wrong is in the answer.
            if problem.code.status >= 500 { logger.error("database call failed", metadata: ["error": "\(error)"]) }
            throw problem
        }
    }

    // MARK: Running

    /// Removes what dead processes left behind, runs what is submitted until the service is told to stop, and
    /// returns when nothing runs any more.
    ///
    /// What does not end within the grace time is ended and its claim released.
    /// - Throws: when the work folder cannot be used.
    func run() async throws {
        let root = settings.workFolder
        let workFolder = try await OwnThread.run {
            Result { () throws(WorkFolder.Failure) in try WorkFolder.open(in: root) }
        }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await job in jobs {
                    group.addTask { await self.execute(job, in: workFolder) }
                }
                await waitUntilIdle(atMost: .seconds(settings.stopGraceSeconds))
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.stop()
        }
        stop()
        // Cancelled before they began.
        for left in running.values {
            try await giveBack(left.job.claim)
            end(left.job, .released(.givenBack))
        }
        try workFolder.remove()
    }

    private nonisolated func stop() {
        if !stopping.exchange(true, ordering: .relaxed) {
            logger.notice(
                "stopping: no more analyses are begun, and those under way may end",
                metadata: ["seconds": "\(settings.stopGraceSeconds)"])
        }
        jobsIn.finish()
    }

    private func waitUntilIdle(atMost limit: Duration) async {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while !running.isEmpty, clock.now < deadline {
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                return
            }
        }
    }

    private func execute(_ job: Job, in workFolder: WorkFolder) async {
        var logger = logger
        logger[metadataKey: "video.id"] = "\(job.claim.videoID)"
        logger[metadataKey: "analysis.id"] = "\(job.claim.analysisID)"
        logger.info(
            "analysis started", metadata: ["s3.key": "\(job.source.key)", "analysis.attempt": "\(job.claim.attempt)"])
        let start = ContinuousClock.now
        let outcome = await AnalysisRun(
            claim: job.claim, source: job.source, settings: settings, store: store, s3: s3, workFolder: workFolder,
            logger: logger, metrics: metrics
        ).run()
        logger[metadataKey: "seconds"] = "\(start.duration(to: .now) / .seconds(1))"
        switch outcome {
        case .completed(let response):
            logger.info(
                "analysis completed",
                metadata: [
                    "frames.analysed": "\(response.framesAnalysed)", "events": "\(response.counts.events)",
                    "tracks": "\(response.counts.tracks)",
                ])
            metrics.ended("completed")
        case .failed(let problem):
            logger.error(
                "analysis failed", metadata: ["error.code": "\(problem.code.rawValue)", "error": "\(problem)"])
            metrics.ended(problem.code.rawValue)
        case .released(let problem):
            logger.warning("analysis given back", metadata: ["error": "\(problem)"])
            metrics.ended("released")
        case .lost:
            logger.warning("analysis taken over by another attempt")
            metrics.ended("lost")
        }
        end(job, outcome)
    }

    private func end(_ job: Job, _ outcome: AnalysisRun.Outcome) {
        let ended = running.removeValue(forKey: job.claim.analysisID)
        metrics.running(running.count)
        for waiter in ended?.waiters ?? [] {
            waiter.yield(outcome)
            waiter.finish()
        }
    }
}

extension Problem {
    fileprivate static func superseded(bucket: String, key: String) -> Problem {
        Problem(code: .superseded, detail: "A newer upload or removal of s3://\(bucket)/\(key) is known.")
    }
}

extension AnalyzeResponse {
    fileprivate init(completed record: AnalysisRecord) throws(Problem) {
        guard let counts = record.counts else {
            throw Problem(code: .internalError, detail: "The analysis \(record.analysisID) has no counts.")
        }
        self.init(
            videoID: record.videoID, analysisID: record.analysisID, framesDecoded: record.framesDecoded ?? 0,
            framesAnalysed: record.framesAnalysed ?? 0, counts: counts)
    }
}
