/// What an analysis came to.
package struct AnalysisSummary: Sendable, Hashable {
    /// Rows per table.
    package struct RowCounts: Sendable, Hashable {
        package var events: Int64 = 0
        package var tracks: Int64 = 0
        package var depth: Int64 = 0
        package var display: Int64 = 0
        package var frameEmbeddings: Int64 = 0
        package var objectEmbeddings: Int64 = 0
    }

    /// With the duration that the timestamps tell.
    package var video: VideoDescription
    package var framesDecoded: Int64
    package var framesAnalysed: Int64
    /// Seconds, of the first and last analysed frame.
    package var firstTimestamp: Double
    package var lastTimestamp: Double
    package var counts: RowCounts
    /// Tracks per class name.
    package var classes: [String: Int]
    /// Wall seconds that each stage worked, waiting for others left out: decode, detect, track, embed, depth, display.
    package var secondsByStage: [String: Double]
    /// Packets that are damaged or cut off: skipped, decoded with a part of the picture made up, or of a time that
    /// cannot be.
    package var corruptPackets: Int64
}
