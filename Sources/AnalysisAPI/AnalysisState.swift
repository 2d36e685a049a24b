/// Where an analysis stands.
package enum AnalysisState: String, CaseIterable, Sendable {
    /// Waits for a service that takes it, for instance since the one that had it stopped.
    case pending
    case processing
    /// Its rows are committed.
    case completed
    case failed
}
