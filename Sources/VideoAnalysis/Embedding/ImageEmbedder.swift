/// Makes the vector of an image: images that look alike get vectors that lie close together.
package protocol ImageEmbedder: Sendable {
    /// Stored with each vector: only vectors of one model can be compared.
    var modelName: String { get }
    /// The size, in pixels, from which a larger image gives no better vector.
    var inputWidth: Int { get }
    var inputHeight: Int { get }

    /// Blocks the calling thread.
    ///
    /// - Returns: An L2-normalised vector, the same for a frame or crop as in its row.
    func embed(_ image: Image) throws(VideoAnalysisError) -> [Float]
    /// The vectors of a picture that is searched by: its own first, then those of what it may be a part of.
    func embedViews(of picture: Image) throws(VideoAnalysisError) -> [[Float]]
}

extension ImageEmbedder {
    package func embedViews(of picture: Image) throws(VideoAnalysisError) -> [[Float]] {
        [try embed(picture)]
    }
}
