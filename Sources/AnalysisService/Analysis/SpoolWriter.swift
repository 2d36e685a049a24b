import Glibc
import PostgreSQL
import VideoAnalysis

/// Writes an analysis's rows as they come into one file per table, for the service to load by COPY.
///
/// Memory stays flat however long the video is.
struct SpoolWriter {
    static let summaryFileName = "summary.json"

    private let videoID: String
    private let analysisID: Int64
    private let folder: String
    private let files: Files

    private struct Files {
        let events: SpoolFile
        let tracks: SpoolFile
        let depth: SpoolFile
        let display: SpoolFile
        let frameEmbeddings: SpoolFile
        let objectEmbeddings: SpoolFile
    }

    /// - Parameter folder: exists and holds no spool yet.
    init(folder: String, videoID: String, analysisID: Int64) throws(VideoAnalysisError) {
        self.videoID = videoID
        self.analysisID = analysisID
        self.folder = folder
        files = Files(
            events: try SpoolFile(.events, in: folder), tracks: try SpoolFile(.tracks, in: folder),
            depth: try SpoolFile(.depth, in: folder), display: try SpoolFile(.display, in: folder),
            frameEmbeddings: try SpoolFile(.frameEmbeddings, in: folder),
            objectEmbeddings: try SpoolFile(.objectEmbeddings, in: folder))
    }

    /// Completes the files. The summary, as JSON text, is put beside them for people.
    func finish(summary: String) throws(VideoAnalysisError) {
        for file in [
            files.events, files.tracks, files.depth, files.display, files.frameEmbeddings, files.objectEmbeddings,
        ] {
            try file.finish()
        }
        let path = "\(folder)/\(Self.summaryFileName)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SpoolFile.error(path, errno) }
        defer { close(descriptor) }
        try SpoolFile.write(Array((summary + "\n").utf8), to: descriptor, path: path)
    }

    private func row(
        _ file: SpoolFile, _ body: (inout BinaryCopyEncoder) -> Void
    ) throws(VideoAnalysisError) {
        try file.row { encoder in
            encoder.text(videoID)
            encoder.int8(analysisID)
            body(&encoder)
        }
    }
}

extension SpoolWriter: AnalysisOutput {
    mutating func started(_ video: VideoDescription) throws(VideoAnalysisError) {}

    mutating func progress(fraction: Double, frames: Int64) throws(VideoAnalysisError) {}

    mutating func event(_ row: EventRow) throws(VideoAnalysisError) {
        try self.row(files.events) { encoder in
            encoder.int8(row.frameNumber)
            encoder.float8(row.timestamp)
            encoder.int4(orNull: row.trackID)
            encoder.int4(row.classID)
            encoder.text(row.className)
            encoder.float4(row.confidence)
            encoder.realArray(row.bbox.corners)
            encoder.bool(row.interpolated)
        }
    }

    mutating func track(_ row: TrackRow) throws(VideoAnalysisError) {
        try self.row(files.tracks) { encoder in
            encoder.int4(row.trackID)
            encoder.int4(row.classID)
            encoder.text(row.className)
            encoder.int8(row.firstFrame)
            encoder.int8(row.lastFrame)
            encoder.float8(row.firstTimestamp)
            encoder.float8(row.lastTimestamp)
            encoder.int4(row.detections)
            encoder.float4(row.confidence)
            encoder.jsonb(row.pathJSON)
        }
    }

    mutating func depth(_ row: DepthRow) throws(VideoAnalysisError) {
        try self.row(files.depth) { encoder in
            encoder.int8(row.frameNumber)
            encoder.float8(row.timestamp)
            encoder.int4(orNull: row.trackID)
            if let box = row.bbox { encoder.realArray(box.corners) } else { encoder.null() }
            encoder.float8(row.area)
            encoder.float4(row.averageDepth)
            encoder.float4(row.minimumDepth)
            encoder.float4(row.maximumDepth)
            encoder.float4(row.depthVariance)
            encoder.text(row.unit.rawValue)
            encoder.text(row.estimator)
            encoder.bytes(orNull: row.depthMap)
            if let scale = row.depthMapScale { encoder.float8(scale) } else { encoder.null() }
        }
    }

    mutating func display(_ row: DisplayRow) throws(VideoAnalysisError) {
        try self.row(files.display) { encoder in
            if let number = row.frameNumber { encoder.int8(number) } else { encoder.null() }
            if let timestamp = row.timestamp { encoder.float8(timestamp) } else { encoder.null() }
            encoder.text(row.kind.rawValue)
            encoder.int4(row.originalWidth)
            encoder.int4(row.originalHeight)
            encoder.int4(row.displayWidth)
            encoder.int4(row.displayHeight)
            encoder.float8(row.widthRatio)
            encoder.float8(row.heightRatio)
            encoder.jsonb(row.overlay)
            encoder.bytes(orNull: row.image)
            if let mediaType = row.mediaType { encoder.text(mediaType) } else { encoder.null() }
        }
    }

    mutating func frameEmbedding(_ row: FrameEmbeddingRow) throws(VideoAnalysisError) {
        try self.row(files.frameEmbeddings) { encoder in
            encoder.int8(row.frameNumber)
            encoder.float8(row.timestamp)
            encoder.text(row.model)
            encoder.vector(row.embedding)
        }
    }

    mutating func objectEmbedding(_ row: ObjectEmbeddingRow) throws(VideoAnalysisError) {
        try self.row(files.objectEmbeddings) { encoder in
            encoder.int4(row.trackID)
            encoder.int8(row.frameNumber)
            encoder.float8(row.timestamp)
            encoder.text(row.className)
            encoder.realArray(row.bbox.corners)
            encoder.text(row.model)
            encoder.vector(row.embedding)
        }
    }
}

extension BoundingBox {
    /// The order of the `bbox` columns.
    fileprivate var corners: [Float] { [x1, y1, x2, y2] }
}

extension BinaryCopyEncoder {
    fileprivate mutating func int4(orNull value: Int32?) {
        if let value { int4(value) } else { null() }
    }

    fileprivate mutating func bytes(orNull value: [UInt8]?) {
        if let value { bytes(value) } else { null() }
    }
}
