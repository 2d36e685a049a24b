/// Receives an analysis while it runs, row by row, on the thread that called `VideoAnalyzer.analyze`.
///
/// Rows of one table come in a fixed order: the same file with the same settings gives the same calls.
/// A throwing call ends the analysis with that error.
package protocol AnalysisOutput {
    /// Comes first, once the first frame is decoded. The duration is the container's; the summary has the real one.
    mutating func started(_ video: VideoDescription) throws(VideoAnalysisError)
    /// The objects of an analysed frame are final; its events follow. Comes for frames without any too.
    mutating func analysed(frameNumber: Int64, timestamp: Double) throws(VideoAnalysisError)
    mutating func event(_ row: EventRow) throws(VideoAnalysisError)
    mutating func track(_ row: TrackRow) throws(VideoAnalysisError)
    mutating func depth(_ row: DepthRow) throws(VideoAnalysisError)
    mutating func display(_ row: DisplayRow) throws(VideoAnalysisError)
    mutating func frameEmbedding(_ row: FrameEmbeddingRow) throws(VideoAnalysisError)
    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) throws(VideoAnalysisError)
    /// - Parameters:
    ///   - fraction: 0 to 1, never falling.
    ///   - frames: Analysed so far.
    mutating func progress(fraction: Double, frames: Int64) throws(VideoAnalysisError)
}

extension AnalysisOutput {
    /// Most outputs need only the rows.
    package mutating func analysed(frameNumber: Int64, timestamp: Double) throws(VideoAnalysisError) {}
}
