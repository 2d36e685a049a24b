import AWS
import AnalysisAPI
import Logging
import PostgreSQL
import Synchronization

/// One claimed analysis from the download to the commit.
struct AnalysisRun: Sendable {
    /// How it ended, as those who wait for it are told.
    enum Outcome: Sendable {
        case completed(AnalyzeResponse)
        /// Recorded with the analysis.
        case failed(Problem)
        /// The claim was released: whoever asks again starts it again.
        case released(Problem)
        /// Another attempt owns the analysis. Nothing was written.
        case lost
    }

    private enum Failure: Error {
        /// To be recorded with the analysis.
        case failed(Problem)
        /// To be given back: whoever asks again starts it again.
        case givenBack(Problem)
        case lost
        /// The store has recorded it itself.
        case recorded(Problem)
    }

    /// Kept free beside the video, for the spool.
    private static let spoolReserveBytes: Int64 = 64 << 20

    let claim: AnalysisClaim
    let source: SourceObject
    let settings: CoordinatorSettings
    let store: AnalysisStore
    let s3: S3Client
    let workFolder: WorkFolder
    let logger: Logger
    let metrics: AnalysisMetrics

    /// Whole percents.
    private final class Progress: Sendable {
        private let percent = Atomic(0)

        var value: Int { percent.load(ordering: .relaxed) }

        func reach(_ value: Int) { percent.store(value, ordering: .relaxed) }
    }

    /// Never throws: every ending is an outcome, and the claim has been ended by then.
    func run() async -> Outcome {
        let progress = Progress()
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await analyze(progress) }
            group.addTask { await keepLease(progress) ? nil : .lost }
            var outcome: Outcome?
            for await ended in group {
                // The first to end decides; the other is ended and waited for.
                if outcome == nil { outcome = ended }
                group.cancelAll()
            }
            return outcome ?? .lost
        }
    }

    /// Renews the lease until cancelled, more often while there is progress to show.
    ///
    /// A database that cannot be reached is asked again: the lease may hold longer than the outage, and the commit's
    /// fence decides in the end.
    /// - Returns: False when another attempt owns the analysis.
    private func keepLease(_ progress: Progress) async -> Bool {
        let clock = ContinuousClock()
        var renewedAt = clock.now
        var shown = 0
        while true {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return true
            }
            let percent = progress.value
            guard percent != shown || clock.now - renewedAt > .seconds(Double(settings.leaseSeconds) / 3) else {
                continue
            }
            do throws(StoreError) {
                try await store.renew(claim, leaseSeconds: settings.leaseSeconds, progress: percent)
                (shown, renewedAt) = (percent, clock.now)
            } catch .fenced {
                logger.warning("lease lost, analysis ended")
                return false
            } catch {
                if Task.isCancelled { return true }
                logger.warning("lease not renewed, trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: The work

    private func analyze(_ progress: Progress) async -> Outcome {
        let result: Result<AnalyzeResponse, Failure>
        do throws(Failure) {
            result = .success(try await work(progress))
        } catch {
            result = .failure(error)
        }
        switch result {
        case .success(let response): return .completed(response)
        case .failure(.failed(let problem)): return await fail(problem, at: progress.value)
        case .failure(.givenBack(let problem)): return await release(problem)
        case .failure(.recorded(let problem)): return .failed(problem)
        case .failure(.lost): return .lost
        }
    }

    private func work(_ progress: Progress) async throws(Failure) -> AnalyzeResponse {
        let folder = try inWorkFolder { (workFolder) throws(WorkFolder.Failure) in
            try workFolder.makeFolder("\(claim.analysisID)-\(claim.attempt)")
        }
        let result: Result<AnalyzeResponse, Failure>
        do throws(Failure) {
            result = .success(try await work(in: folder, progress))
        } catch {
            result = .failure(error)
        }
        do throws(WorkFolder.Failure) {
            try WorkFolder.remove(folder)
        } catch {
            logger.error("work folder not removed", metadata: ["error": "\(error)"])
        }
        return try result.get()
    }

    private func work(in folder: String, _ progress: Progress) async throws(Failure) -> AnalyzeResponse {
        let video = "\(folder)/video"
        let spool = try inWorkFolder { (workFolder) throws(WorkFolder.Failure) in
            let free = try workFolder.freeBytes()
            guard free >= source.size + Self.spoolReserveBytes else { throw .full(free: free) }
            return try workFolder.makeFolder("\(claim.analysisID)-\(claim.attempt)/spool")
        }
        try await within(settings.downloadTimeoutSeconds, .downloadTimedOut) { () async throws(Failure) in
            try await download(to: video)
        }
        progress.reach(5)
        let summary = try await analyze(video, spool) { progress.reach(5 + Int($0 * 90)) }
        progress.reach(95)
        if summary.corruptPackets > 0 {
            logger.warning("the video is damaged", metadata: ["video.corrupt_packets": "\(summary.corruptPackets)"])
        }
        metrics.analysed(frames: summary.framesDecoded, secondsByStage: summary.secondsByStage)
        let counts = try await within(settings.publishTimeoutSeconds, .publishTimedOut) { () async throws(Failure) in
            try await publish(summary, spool)
        }
        return AnalyzeResponse(
            videoID: claim.videoID, analysisID: claim.analysisID, framesDecoded: summary.framesDecoded,
            framesAnalysed: summary.framesAnalysed, counts: counts)
    }

    /// Ends a stage that takes too long; what it began is cancelled and awaited.
    private func within<Value: Sendable>(
        _ seconds: Double, _ code: ProblemCode, _ stage: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withTaskGroup(of: Result<Value, Failure>?.self) { group in
            group.addTask {
                do throws(Failure) {
                    return .success(try await stage())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask { await Self.sleep(.seconds(seconds)) ? .failure(Self.timedOut(code, seconds)) : nil }
            var first: Result<Value, Failure>?
            for await end in group {
                // What ended in time counts, though the other was cancelled a moment later.
                if first == nil { first = end }
                if first != nil { group.cancelAll() }
            }
            return first ?? .failure(.givenBack(.givenBack))
        }
        return try result.get()
    }

    private static func timedOut(_ code: ProblemCode, _ seconds: Double) -> Failure {
        .failed(Problem(code: code, detail: "\(code.title): more than \(seconds) s."))
    }

    private func inWorkFolder<Value>(
        _ body: (WorkFolder) throws(WorkFolder.Failure) -> Value
    ) throws(Failure) -> Value {
        do throws(WorkFolder.Failure) {
            return try body(workFolder)
        } catch {
            let code: ProblemCode = error.isFull ? .workFolderFull : .internalError
            throw .failed(Problem(code: code, detail: "\(error.description)."))
        }
    }

    /// Tries again while S3 cannot be reached, for a while.
    private func download(to path: String) async throws(Failure) {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(settings.outageSeconds)
        while true {
            do throws(AWSError) {
                try await s3.download(
                    bucket: source.bucket, key: source.key, versionID: source.versionID, etag: source.etag,
                    size: source.size, to: path, onBytes: { [metrics] in metrics.downloaded(bytes: $0) })
                logger.debug("video downloaded", metadata: ["file.size": "\(source.size)"])
                return
            } catch {
                if error.isRetryable, clock.now < deadline, await Self.sleep(.seconds(1)) {
                    logger.warning("video not downloaded, trying again", metadata: ["error": "\(error)"])
                    continue
                }
                let problem = Problem(readingS3: error, object: "s3://\(source.bucket)/\(source.key)")
                throw problem.code == .stopping || Task.isCancelled ? .givenBack(.givenBack) : .failed(problem)
            }
        }
    }

    private func analyze(
        _ video: String, _ spool: String, onProgress: @escaping @Sendable (Double) -> Void
    ) async throws(Failure) -> AnalysisChild.Summary {
        do throws(AnalysisChild.Failure) {
            return try await AnalysisChild(settings: settings).analyze(
                file: video, claim: claim, spoolFolder: spool, onProgress: onProgress)
        } catch .failed(let problem) {
            throw .failed(problem)
        } catch {
            throw .givenBack(.givenBack)
        }
    }

    /// Tries again while the database cannot be reached, for a while: the work of the analysis is worth it.
    private func publish(
        _ summary: AnalysisChild.Summary, _ spool: String
    ) async throws(Failure) -> RowCounts {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(settings.outageSeconds)
        while true {
            do throws(StoreError) {
                return try await store.publish(
                    claim, video: summary.video, framesDecoded: summary.framesDecoded,
                    framesAnalysed: summary.framesAnalysed, spoolFolder: spool)
            } catch {
                switch error {
                case .fenced: throw .lost
                case .superseded: throw .recorded(Problem(answering: error))
                case .database(let cause) where cause.isTransient:
                    let pause = Duration.seconds(min(2, settings.outageSeconds / 4))
                    guard clock.now + pause < deadline, await Self.sleep(pause) else {
                        let problem = Problem(answering: error)
                        // A database that answers can record that it did not finish; else the work would never end.
                        throw cause.isOutage || Task.isCancelled ? .givenBack(problem) : .failed(problem)
                    }
                    logger.warning("rows not stored, trying again", metadata: ["error": "\(error)"])
                case .database(let cause) where cause.kind == .cancelled: throw .givenBack(.givenBack)
                default:
                    logger.error("rows not stored", metadata: ["error": "\(error)"])
                    throw .failed(Problem(answering: error))
                }
            }
        }
    }

    // MARK: Ending the claim

    private func fail(_ problem: Problem, at progress: Int) async -> Outcome {
        let isRecorded = await endClaim { (store) throws(StoreError) in
            try await store.fail(claim, code: problem.code, detail: problem.detail, progress: progress)
        }
        return isRecorded ? .failed(problem) : .lost
    }

    private func release(_ problem: Problem) async -> Outcome {
        let isReleased = await endClaim { (store) throws(StoreError) in try await store.release(claim) }
        return isReleased ? .released(problem) : .lost
    }

    /// Tries again while the database cannot be reached; after that the lease ends the claim.
    ///
    /// - Returns: False when another attempt owns the analysis.
    private func endClaim(_ body: (AnalysisStore) async throws(StoreError) -> Void) async -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(settings.outageSeconds)
        while true {
            do throws(StoreError) {
                try await body(store)
                return true
            } catch .fenced {
                return false
            } catch {
                let isTransient = if case .database(let cause) = error { cause.isTransient } else { false }
                guard isTransient, clock.now < deadline, await Self.sleep(.seconds(1)) else {
                    logger.error("claim not ended; its lease will end it", metadata: ["error": "\(error)"])
                    return true
                }
            }
        }
    }

    /// - Returns: False when the task was cancelled.
    private static func sleep(_ duration: Duration) async -> Bool {
        do {
            try await Task.longSleep(for: duration)
            return true
        } catch {
            return false
        }
    }
}

extension PostgreSQLError {
    /// The same may go well a little later.
    fileprivate var isTransient: Bool {
        switch kind {
        case .connection, .authentication, .serialization, .timedOut: true
        case .query, .constraint, .decoding, .cancelled, .configuration, .file: false
        }
    }

    /// The database cannot be asked for anything.
    fileprivate var isOutage: Bool { kind == .connection || kind == .authentication }
}
