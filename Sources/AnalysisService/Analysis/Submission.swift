import AnalysisAPI

/// What became of a request to analyse an object.
enum Submission: Sendable {
    /// The object had been analysed before with the same settings.
    case finished(AnalyzeResponse)
    /// It is being analysed, here or by another replica.
    case accepted(AnalysisStatus)
}
