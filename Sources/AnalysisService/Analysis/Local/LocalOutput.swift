import VideoAnalysis

/// Hands the rows of a local analysis to whatever was asked for: spool, MOTChallenge text, progress.
struct LocalOutput: AnalysisOutput {
    private static let textBytes = 64 << 10

    private var spool: SpoolWriter?
    private let mot: ResultFile?
    private let annotations: AnnotationSpool?
    var progress: any ProgressDisplay
    private var text: [UInt8] = []

    init(
        spool: SpoolWriter?, mot: ResultFile?, annotations: AnnotationSpool?, progress: any ProgressDisplay
    ) {
        self.annotations = annotations
        self.spool = spool
        self.mot = mot
        self.progress = progress
    }

    /// Completes what the rows went to.
    mutating func finish(_ summary: AnalysisSummary) throws(VideoAnalysisError) {
        try flush()
        try spool?.finish(summary: summary.json.serialized(pretty: true))
    }

    mutating func started(_ video: VideoDescription) throws(VideoAnalysisError) {
        try spool?.started(video)
    }

    mutating func analysed(frameNumber: Int64, timestamp: Double) throws(VideoAnalysisError) {
        try annotations?.begin(frameNumber: frameNumber, timestamp: timestamp)
    }

    mutating func event(_ row: EventRow) throws(VideoAnalysisError) {
        try spool?.event(row)
        annotations?.append(row)
        guard mot != nil else { return }
        MOTChallengeRow(
            frame: Int(row.frameNumber) + 1, trackID: row.trackID.map(Int.init), box: row.bbox,
            confidence: row.confidence, classID: Int(row.classID)
        ).write(to: &text)
        if text.count >= Self.textBytes { try flush() }
    }

    mutating func track(_ row: TrackRow) throws(VideoAnalysisError) {
        try spool?.track(row)
    }

    mutating func depth(_ row: DepthRow) throws(VideoAnalysisError) {
        try spool?.depth(row)
    }

    mutating func display(_ row: DisplayRow) throws(VideoAnalysisError) {
        try spool?.display(row)
    }

    mutating func frameEmbedding(_ row: FrameEmbeddingRow) throws(VideoAnalysisError) {
        try spool?.frameEmbedding(row)
    }

    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) throws(VideoAnalysisError) {
        try spool?.objectEmbedding(row)
    }

    mutating func progress(fraction: Double, frames: Int64) throws(VideoAnalysisError) {
        try progress.show(fraction: fraction, frames: frames)
    }

    private mutating func flush() throws(VideoAnalysisError) {
        try mot?.write(text)
        text.removeAll(keepingCapacity: true)
    }
}
