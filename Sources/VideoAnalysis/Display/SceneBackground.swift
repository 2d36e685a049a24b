/// The scene without what passes through it: the median of pictures taken all over the video.
struct SceneBackground {
    private static let most = 15

    private let geometry: DisplayGeometry
    private var pictures: [Image] = []
    private var stride = 1
    private var offered = 0

    init(geometry: DisplayGeometry) {
        self.geometry = geometry
    }

    /// Takes about one frame per second and keeps ever fewer of them.
    mutating func append(_ image: Image) throws(VideoAnalysisError) {
        defer { offered += 1 }
        guard offered % stride == 0 else { return }
        if pictures.count == Self.most {
            pictures = pictures.indices.filter { $0 % 2 == 0 }.map { pictures[$0] }
            stride *= 2
            guard offered % stride == 0 else { return }
        }
        pictures.append(try image.resized(width: geometry.width, height: geometry.height))
    }

    /// Nil when no frame was given.
    func image() throws(VideoAnalysisError) -> Image? {
        pictures.isEmpty ? nil : try Image.median(of: pictures)
    }
}
