/// Makes the vectors of frames, and of pictures that frames are searched by.
package struct FrameEmbedder: Sendable {
    private let descriptor = ImageDescriptor()

    package init(settings: AnalysisSettings) throws(VideoAnalysisError) {
        try settings.validate()
    }

    /// Only vectors of one model can be compared.
    package var modelName: String { ImageDescriptor.frameModel }

    /// - Returns: An L2-normalised vector, the same for a frame as in its row.
    package func embed(_ image: Image) throws(VideoAnalysisError) -> [Float] {
        try descriptor.embedding(of: image)
    }
}
