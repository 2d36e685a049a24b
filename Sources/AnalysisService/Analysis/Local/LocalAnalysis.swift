import Glibc
import JSON
import VideoAnalysis

/// One run of `analysis-service analyze`.
struct LocalAnalysis: Sendable {
    enum Form: Sendable {
        case result(AnalyzeCommand.Format)
        /// Progress and summary as JSON lines, for the service.
        case lines
    }

    let file: String
    let settings: AnalysisSettings
    let spoolFolder: String?
    let videoID: String
    let analysisID: Int64
    let form: Form
    /// Nil for standard output.
    let output: String?
    /// Where the annotated video goes, if one is wanted.
    let annotatedVideo: String?

    /// Blocks until the analysis has ended.
    func run(isCancelled: () -> Bool) throws(AnalyzeFailure) {
        try InputFile.check(file)
        for path in [output, annotatedVideo].compactMap(\.self) { try InputFile.check(file, isNot: path) }
        let result = try ResultFile(output)
        let annotated = try annotatedVideo.map { path throws(AnalyzeFailure) in try ResultFile(path) }
        do throws(VideoAnalysisError) {
            try analyze(result, annotated, isCancelled)
        } catch {
            throw AnalyzeFailure(error)
        }
    }

    private func analyze(
        _ result: ResultFile, _ annotated: ResultFile?, _ isCancelled: () -> Bool
    ) throws(VideoAnalysisError) {
        let analyzer = try VideoAnalyzer(settings: settings)
        let annotation = try annotated.map { file throws(VideoAnalysisError) in
            (file: file, spool: try AnnotationSpool())
        }
        var rows = LocalOutput(
            spool: try makeSpool(), mot: motFile(result), annotations: annotation?.spool,
            progress: makeProgress(result))
        let summary: AnalysisSummary
        do throws(VideoAnalysisError) {
            summary = try analyzer.analyze(path: file, output: &rows, isCancelled: isCancelled)
        } catch {
            rows.progress.clear()
            throw error
        }
        rows.progress.clear()
        try rows.finish(summary)
        if let annotation { try annotate(annotation.file, annotation.spool, summary, isCancelled) }
        switch form {
        case .lines: try result.write(line(["summary": summary.json]))
        case .result(.json): try result.write(Array((summary.json.serialized(pretty: true) + "\n").utf8))
        case .result(.summary): try result.write(Array(SummaryText(summary, file: file).text.utf8))
        case .result(.mot): break
        }
        try result.finish()
    }

    private func annotate(
        _ video: ResultFile, _ spool: AnnotationSpool, _ summary: AnalysisSummary, _ isCancelled: () -> Bool
    ) throws(VideoAnalysisError) {
        var progress: any ProgressDisplay = ErrorOutput.isTerminal ? ProgressBar(name: "annotated video") : NoProgress()
        defer { progress.clear() }
        try spool.rewind()
        _ = try VideoAnnotator(settings: settings).annotate(
            path: file, spool: spool, duration: summary.video.duration, output: video.partPath,
            isCancelled: isCancelled
        ) { (fraction, frames) throws(VideoAnalysisError) in
            try progress.show(fraction: fraction, frames: frames)
        }
        try video.finish()
    }

    private func makeSpool() throws(VideoAnalysisError) -> SpoolWriter? {
        guard let spoolFolder else { return nil }
        guard mkdir(spoolFolder, 0o755) == 0 || errno == EEXIST else { throw SpoolFile.error(spoolFolder, errno) }
        return try SpoolWriter(folder: spoolFolder, videoID: videoID, analysisID: analysisID)
    }

    private func motFile(_ result: ResultFile) -> ResultFile? {
        if case .result(.mot) = form { result } else { nil }
    }

    private func makeProgress(_ result: ResultFile) -> any ProgressDisplay {
        switch form {
        case .lines: ProgressLines(file: result)
        case .result:
            ErrorOutput.isTerminal ? ProgressBar(name: videoID) : NoProgress()
        }
    }

    private func line(_ value: JSON) -> [UInt8] {
        Array((value.serialized() + "\n").utf8)
    }
}
