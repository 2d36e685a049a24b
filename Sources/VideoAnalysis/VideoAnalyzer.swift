/// Turns a video file into rows.
package struct VideoAnalyzer: Sendable {
    let settings: AnalysisSettings

    /// - Throws: `badSetting`, so that a wrong setting is known before any video is read.
    package init(settings: AnalysisSettings) throws(VideoAnalysisError) {
        try settings.validate()
        self.settings = settings
    }

    package func analyze(
        path: String, output: inout some AnalysisOutput, isCancelled: () -> Bool
    ) throws(VideoAnalysisError) -> AnalysisSummary {
        throw VideoAnalysisError(.internalError, "being written")
    }
}
