/// The scene without what passes through it: the median of pictures taken all over the video.
struct SceneBackground {
    private let geometry: DisplayGeometry
    private var pictures = EvenSample<Image>(most: 15)

    init(geometry: DisplayGeometry) {
        self.geometry = geometry
    }

    /// Takes about one frame per second and keeps ever fewer of them.
    mutating func append(_ image: Image) throws(VideoAnalysisError) {
        let (width, height) = (geometry.width, geometry.height)
        try pictures.offer(try image.resized(width: width, height: height))
    }

    /// Nil when no frame was given.
    func image() throws(VideoAnalysisError) -> Image? {
        pictures.elements.isEmpty ? nil : try Image.median(of: pictures.elements)
    }
}
