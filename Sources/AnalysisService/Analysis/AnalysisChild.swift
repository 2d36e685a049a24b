import AnalysisAPI
import CProcess
import JSON
import Synchronization
import VideoAnalysis

/// `analysis-service analyze` as a child process: hostile media can end it, never the service.
struct AnalysisChild: Sendable {
    /// What the service needs of the child's summary.
    struct Summary: Sendable {
        let video: StoredVideo
        let framesDecoded: Int64
        let framesAnalysed: Int64
        let corruptPackets: Int64
        let secondsByStage: [String: Double]
    }

    enum Failure: Error {
        /// The video, or what it did to the child.
        case failed(Problem)
        /// The task was cancelled and the child ended.
        case cancelled
    }

    let settings: CoordinatorSettings

    /// Analyses the file into the spool folder.
    ///
    /// - Parameter onProgress: 0 to 1, on a thread of the child's own.
    func analyze(
        file: String, claim: AnalysisClaim, spoolFolder: String, onProgress: @escaping @Sendable (Double) -> Void
    ) async throws(Failure) -> Summary {
        var limits = ChildProcess.Limits()
        limits.seconds = settings.analysisTimeoutSeconds
        limits.addressSpaceBytes = settings.memoryLimitBytes
        limits.fileBytes = settings.spoolFileLimitBytes
        let child = ChildProcess(
            executablePath: settings.executablePath, arguments: arguments(file, claim, spoolFolder),
            // No secret of the service, and no helper that prints a crash's backtrace for minutes.
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
                // What it sets aside lies with the spool, on the volume that was sized for it.
                "TMPDIR": spoolFolder,
                "SWIFT_BACKTRACE": "enable=no",
            ], workingFolder: spoolFolder, limits: limits)
        let summary = Mutex<Summary?>(nil)
        let outcome: ChildProcess.Outcome
        do throws(ChildProcess.StartError) {
            outcome = try await child.run { line in
                let node = try JSON(parsing: line).node
                if node["summary"].exists {
                    let found = try Summary(node["summary"])
                    summary.withLock { $0 = found }
                } else {
                    onProgress(min(max(try node["progress"].double(), 0), 1))
                }
            }
        } catch {
            throw .failed(Problem(code: .internalError, detail: "The analysis process \(error.description)."))
        }
        if outcome.ending == .exited(0) {
            if let summary = summary.withLock({ $0 }) { return summary }
            throw .failed(crash("ended without a summary"))
        }
        throw failure(of: outcome)
    }

    /// As `--detector` takes it.
    private var detector: String {
        switch settings.analysis.detector {
        case .hog: AnalysisOptions.hog
        case .model(let model): model.source
        }
    }

    private func arguments(_ file: String, _ claim: AnalysisClaim, _ spoolFolder: String) -> [String] {
        let analysis = settings.analysis
        var arguments = [
            "analyze", file, "--spool", spoolFolder, "--json-lines", "--video-id=\(claim.videoID)",
            "--analysis-id", "\(claim.analysisID)", "--detector", detector,
            "--maximum-seconds", "\(settings.maximumVideoSeconds)", "--maximum-pixels", "\(analysis.maximumPixels)",
            "--threads", "\(analysis.threads)",
        ]
        if let rate = analysis.framesPerSecond { arguments += ["--fps", "\(rate)"] }
        if let model = analysis.models.first { arguments += ["--inference", model.inference.rawValue] }
        for model in analysis.embeddingModels { arguments += ["--embedding-model", model.source] }
        if let model = analysis.depthModel { arguments += ["--depth-model", model.source] }
        for name in (analysis.classes ?? []).sorted() { arguments.append("--class=\(name)") }
        return arguments
    }

    private func failure(of outcome: ChildProcess.Outcome) -> Failure {
        switch outcome.ending {
        case .cancelled: .cancelled
        case .timedOut:
            .failed(
                Problem(
                    code: .analysisTimedOut,
                    detail: "The analysis took longer than \(settings.analysisTimeoutSeconds) s and was ended."))
        case .badOutput(let reason): .failed(crash("was ended since it printed \(reason)"))
        case .killed(let signal):
            .failed(memoryProblem(outcome) ?? crash("was ended by signal \(signal) (\(Self.meaning(of: signal)))"))
        case .exited(let code):
            .failed(
                memoryProblem(outcome) ?? Self.problem(in: outcome.errorText)
                    ?? settingProblem(code, outcome.errorText) ?? crash("ended with the exit code \(code)"))
        }
    }

    private static func meaning(of signal: Int32) -> String {
        let name = String(cString: strsignal(signal))
        return signal == SIGKILL ? "\(name), as the system does when it is out of memory" : name
    }

    /// What the loader, OpenCV and the runtimes of C++ and Swift say when they get no memory, mostly before they abort.
    private static let memorySigns = [
        "bad_alloc", "allocate memory", "out of memory", "Failed to allocate", "Insufficient memory",
        "failed to map segment",
    ]

    private func memoryProblem(_ outcome: ChildProcess.Outcome) -> Problem? {
        guard let limit = settings.memoryLimitBytes, Self.memorySigns.contains(where: outcome.errorText.contains)
        else { return nil }
        return crash("reached its memory limit of \(limit >> 20) MiB")
    }

    /// The model was good when the service started: somebody took it away since, or replaced it.
    private func settingProblem(_ code: Int32, _ errorText: String) -> Problem? {
        guard code == AnalyzeFailure.settingExitCode, let line = errorText.split(separator: "\n").last else {
            return nil
        }
        return Problem(code: .internalError, detail: "The analysis process refused its settings: \(line)")
    }

    private func crash(_ what: String) -> Problem {
        Problem(code: .analysisCrashed, detail: "The analysis process \(what).")
    }

    /// The last line `code: sentence` on standard error, of the codes that the child is to be believed.
    static func problem(in errorText: String) -> Problem? {
        for line in errorText.split(separator: "\n").reversed() {
            guard let colon = line.firstIndex(of: ":"), let code = ProblemCode(rawValue: String(line[..<colon])),
                AnalyzeFailure.codes.contains(code)
            else { continue }
            let sentence = line[line.index(after: colon)...].drop { $0 == " " }
            return Problem(code: code, detail: String(sentence))
        }
        return nil
    }
}

extension AnalysisChild.Summary {
    init(_ node: JSONNode) throws(JSONError) {
        var seconds: [String: Double] = [:]
        for (stage, value) in try node["seconds_by_stage"].object() { seconds[stage] = try value.double() }
        self.init(
            video: try StoredVideo(node["video"]), framesDecoded: try node["frames_decoded"].int64(),
            framesAnalysed: try node["frames_analysed"].int64(),
            corruptPackets: try node["corrupt_packets"].int64(), secondsByStage: seconds)
    }
}
