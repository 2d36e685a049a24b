/// The right to analyse and store one object, which lasts until the lease ends or another attempt is made.
struct AnalysisClaim: Sendable, Hashable {
    let analysisID: Int64
    let videoID: String
    /// Counts from 1.
    let attempt: Int
    /// Who holds the lease: a name of one process.
    let owner: String
}

/// What a service that asks for an object's analysis is to do.
enum ClaimOutcome: Sendable {
    /// Analyse it.
    case claimed(AnalysisClaim)
    /// Analyse it when there is a slot: nothing was claimed, since the caller had none.
    case unclaimed
    /// Another claim runs: wait for that one.
    case inProgress(AnalysisRecord)
    /// The rows are stored already.
    case finished(AnalysisRecord)
    /// A newer object of the same key is known; this one must not be stored any more.
    case superseded
}
