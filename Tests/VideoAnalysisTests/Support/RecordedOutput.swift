@testable import VideoAnalysis

/// Keeps all rows of an analysis.
struct RecordedOutput: AnalysisOutput, Equatable {
    var video: VideoDescription?
    var events: [EventRow] = []
    var tracks: [TrackRow] = []
    var depth: [DepthRow] = []
    var display: [DisplayRow] = []
    var frameEmbeddings: [FrameEmbeddingRow] = []
    var objectEmbeddings: [ObjectEmbeddingRow] = []
    var fractions: [Double] = []

    mutating func started(_ video: VideoDescription) { self.video = video }
    mutating func event(_ row: EventRow) { events.append(row) }
    mutating func track(_ row: TrackRow) { tracks.append(row) }
    mutating func depth(_ row: DepthRow) { depth.append(row) }
    mutating func display(_ row: DisplayRow) { display.append(row) }
    mutating func frameEmbedding(_ row: FrameEmbeddingRow) { frameEmbeddings.append(row) }
    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) { objectEmbeddings.append(row) }
    mutating func progress(fraction: Double, frames: Int64) { fractions.append(fraction) }
}
