import AnalysisAPI
import VideoAnalysis

/// Describes an uploaded picture as frames are described, on a thread of its own: OpenCV blocks.
struct ImageEmbedding: Sendable {
    var modelName: String { ImageDescriptor.frameModel }

    /// - Returns: the model's name and the vector.
    /// - Throws: `bad_request` when the bytes are no picture, `too_large` when it has too many pixels.
    func embed(file: [UInt8]) async throws(Problem) -> (model: String, vector: [Float]) {
        do throws(VideoAnalysisError) {
            let vector = try await OwnThread.run { () -> Result<[Float], VideoAnalysisError> in
                Result { () throws(VideoAnalysisError) in
                    try ImageDescriptor().embedding(of: try Image(decoding: file))
                }
            }
            return (modelName, vector)
        } catch {
            throw Problem(code: error.code == .tooLarge ? .tooLarge : .badRequest, detail: error.message)
        }
    }
}
