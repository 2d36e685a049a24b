import AnalysisAPI
import VideoAnalysis

/// Describes a picture that is searched by as stored frames and objects are described, on a thread of its own: OpenCV
/// blocks.
struct ImageEmbedding: Sendable {
    private let frames: any ImageEmbedder
    private let objects: any ImageEmbedder

    /// Reads the settings' models, blocking the calling thread.
    ///
    /// - Throws: `badSetting` for a model that cannot be used.
    init(settings: AnalysisSettings = AnalysisSettings()) throws(VideoAnalysisError) {
        frames = try settings.makeFrameEmbedder()
        objects = try settings.makeObjectEmbedder()
    }

    func modelName(for table: EmbeddingTable) -> String { embedder(for: table).modelName }

    /// - Returns: the vectors of the picture and of what it may be a part of; see ``ImageEmbedder/embedViews(of:)``.
    /// - Throws: `bad_request` when the bytes are no picture, `too_large` when it has too many pixels.
    func vectors(of file: [UInt8], for table: EmbeddingTable) async throws(Problem) -> [[Float]] {
        let embedder = embedder(for: table)
        do throws(VideoAnalysisError) {
            return try await OwnThread.run { () -> Result<[[Float]], VideoAnalysisError> in
                Result { () throws(VideoAnalysisError) in try embedder.embedViews(of: try Image(decoding: file)) }
            }
        } catch {
            throw Problem(code: error.code == .tooLarge ? .tooLarge : .badRequest, detail: error.message)
        }
    }

    private func embedder(for table: EmbeddingTable) -> any ImageEmbedder {
        switch table {
        case .frames: frames
        case .objects: objects
        }
    }
}
