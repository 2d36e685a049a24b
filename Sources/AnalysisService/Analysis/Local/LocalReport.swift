import Foundation
import VideoAnalysis

/// Analyses a file and writes the report of it, without server or database.
struct LocalReport: Sendable {
    let file: String
    let settings: AnalysisSettings
    /// Nil for standard output.
    let output: String?

    /// Blocks until the page is written.
    func run(isCancelled: () -> Bool) throws(AnalyzeFailure) {
        try InputFile.check(file)
        if let output { try InputFile.check(file, isNot: output) }
        let page = try ResultFile(output)
        do throws(VideoAnalysisError) {
            try analyze(page, isCancelled)
        } catch {
            throw AnalyzeFailure(error)
        }
    }

    private func analyze(_ page: ResultFile, _ isCancelled: () -> Bool) throws(VideoAnalysisError) {
        let name = URL(filePath: file).lastPathComponent
        let analyzer = try VideoAnalyzer(settings: settings)
        var rows = ReportCollector(progress: ErrorOutput.isTerminal ? ProgressBar(name: name) : NoProgress())
        let summary: AnalysisSummary
        do throws(VideoAnalysisError) {
            summary = try analyzer.analyze(path: file, output: &rows, isCancelled: isCancelled)
        } catch {
            rows.progress.clear()
            throw error
        }
        rows.progress.clear()
        let report = rows.report(
            summary, settings: settings, title: name, origin: [.init("File", file)],
            fileSize: try InputFile.size(file))
        try report.write(to: page)
        try page.finish()
    }
}
