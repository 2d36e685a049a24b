import AnalysisAPI
import ArgumentParser
import JSON
import PostgreSQL

/// `analysis-service status VIDEO_ID`: what is stored of a video and of its analyses.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is stored of a video and how its analyses went.",
        discussion: """
            Reads the database of DB_SECRET_ARN or DATABASE_URL; no service is needed. With --wait the exit code is 0 \
            only when the newest analysis has completed in that time.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    /// How many analyses of a video are shown, the newest first.
    private static let shownAnalyses = 20

    @Argument(help: "The video's id, such as test-001.") var videoID: String
    @Option(help: "text for people, json for programs.") var format: Format = .text
    @Option(help: "Wait this many seconds at most until the newest analysis has ended.") var wait: Int?
    @Option(help: "Wait for the analysis of this version of the object, as S3 names it.") var objectVersion: String?

    func validate() throws {
        guard objectVersion == nil || wait != nil else {
            throw ValidationError("--object-version says what --wait waits for")
        }
    }

    func run() async throws {
        try await DatabaseCommand.run { store, _ in
            let hasCompleted = try await waitsForEnd(store)
            guard let video = try await store.video(id: videoID) else {
                Startup.say("there is no video \(videoID)")
                throw ExitCode.failure
            }
            let analyses = try await store.analyses(videoID: videoID, PageRequest(limit: Self.shownAnalyses)).rows
            switch format {
            case .json:
                let document: JSON = ["video": video.json, "analyses": .array(analyses.map(\.status.json))]
                print(document.serialized(pretty: true))
            case .text:
                print(Self.text(video), Self.text(analyses), separator: "\n", terminator: "")
            }
            guard hasCompleted else { throw ExitCode.failure }
        }
    }

    /// Returns at once, true, when nothing is to be waited for; else whether the newest analysis has completed.
    private func waitsForEnd(_ store: AnalysisStore) async throws -> Bool {
        guard let wait else { return true }
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            let newest = try await store.analyses(videoID: videoID, PageRequest(limit: Self.shownAnalyses)).rows
                .first { objectVersion == nil || $0.versionID == objectVersion }
            switch newest?.state {
            case .completed: return true
            case .failed: return false
            case .pending, .processing, nil: break
            }
            guard ContinuousClock.now < deadline else {
                Startup.say("no analysis of \(videoID) has ended in \(wait) s")
                return false
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func text(_ video: VideoRecord) -> String {
        var table = TextTable("VIDEO", video.videoID)
        table.append("title", video.title)
        table.append("status", video.status)
        table.append("object", "s3://\(video.bucket)/\(video.key)")
        if let duration = video.duration, let width = video.width, let height = video.height, let fps = video.fps {
            let rate = rounded(fps, digits: 3)
            table.append("picture", "\(width) x \(height), \(rate) frames/s, \(rounded(duration, digits: 2)) s")
        }
        if let codec = video.codec, let container = video.container {
            table.append("format", "\(codec) in \(container), \(video.hasAudio == true ? "with" : "no") audio")
        }
        if let bytes = video.fileSize { table.append("size", "\(bytes) bytes") }
        table.append("updated", video.updatedAt)
        return table.text
    }

    private static func text(_ analyses: [AnalysisRecord]) -> String {
        var table = TextTable(
            "ANALYSIS", "STATUS", "DONE", "TRY", "FRAMES", "EVENTS", "TRACKS", "DEPTH", "DISPLAY", "EMBEDDINGS",
            "UPDATED", "ERROR")
        for analysis in analyses {
            let counts = analysis.counts
            table.append(
                "\(analysis.analysisID)", analysis.state.rawValue, "\(analysis.progress)%", "\(analysis.attempt)",
                shown(analysis.framesAnalysed), shown(counts?.events), shown(counts?.tracks), shown(counts?.depth),
                shown(counts?.display), shown(counts.map { $0.frameEmbeddings + $0.objectEmbeddings }),
                analysis.updatedAt,
                [analysis.errorCode, analysis.errorMessage].compactMap(\.self).joined(separator: ": "))
        }
        return table.text
    }

    private static func shown(_ number: Int64?) -> String {
        number.map(String.init) ?? "-"
    }
}

/// A number for people, without digits that say nothing.
func rounded(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let result = (value * scale).rounded() / scale
    return PrometheusText.number(result)
}
