import AnalysisAPI
import VideoAnalysis

/// Describes an uploaded picture as frames are described, on a thread of its own: OpenCV blocks.
struct ImageEmbedding: Sendable {
    var modelName: String { ImageDescriptor.frameModel }

    /// - Returns: the model's name and the vector.
    /// - Throws: `bad_request` when the bytes are no picture.
    func embed(file: [UInt8]) async throws(Problem) -> (model: String, vector: [Float]) {
        guard file.starts(with: [0xff, 0xd8, 0xff]) || file.starts(with: [0x89, 0x50, 0x4e, 0x47]) else {
            throw Problem(.badRequest, detail: "The body is neither a JPEG nor a PNG file.")
        }
        do throws(VideoAnalysisError) {
            let vector = try await OwnThread.run { () -> Result<[Float], VideoAnalysisError> in
                Result { () throws(VideoAnalysisError) in
                    try ImageDescriptor().embedding(of: try Image(decoding: file))
                }
            }
            return (modelName, vector)
        } catch {
            throw Problem(.badRequest, detail: "The picture cannot be used: \(error.message)")
        }
    }
}
