/// Tells when a video cuts to another scene, from how much each analysed frame differs from the one before.
///
/// The difference is the mean over the pixels and channels of thumbnails of 32 x 32 pixels, 0 to 255, where the means
/// of both thumbnails are taken off first: a lamp that is switched on is no cut. A frame is the first of a new scene
/// when the difference is at least ``threshold`` and ``ratio`` times the mean of the last ``memory`` differences: what
/// moves all the time, such as a camera that pans, cuts nowhere. People who cross the picture of a camera that stands
/// still stay below 5. Fades and dissolves are too slow to be noticed.
struct CutDetector {
    static let threshold: Float = 20
    static let ratio: Float = 3
    static let memory = 5
    private static let side = 32

    private var last: [Float]?
    private var differences: [Float] = []

    /// - Returns: Whether a new scene begins with this frame; false for the first.
    mutating func begins(with image: Image) throws(VideoAnalysisError) -> Bool {
        let thumbnail = Self.values(of: try image.resized(width: Self.side, height: Self.side))
        defer { last = thumbnail }
        guard let last, last.count == thumbnail.count else { return false }
        let difference = zip(last, thumbnail).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(thumbnail.count)
        let usual = differences.isEmpty ? 0 : differences.reduce(0, +) / Float(differences.count)
        let isCut = difference >= Self.threshold && difference >= Self.ratio * usual
        differences.append(difference)
        if differences.count > Self.memory { differences.removeFirst() }
        return isCut
    }

    /// The thumbnail's values less their mean.
    private static func values(of thumbnail: Image) -> [Float] {
        let bytesPerRow = side * thumbnail.format.bytesPerPixel
        var values: [Float] = []
        values.reserveCapacity(side * bytesPerRow)
        thumbnail.withBytes { pixels, stride in
            for row in 0..<side {
                for byte in pixels[row * stride..<row * stride + bytesPerRow] { values.append(Float(byte)) }
            }
        }
        let mean = values.reduce(0, +) / Float(values.count)
        return values.map { $0 - mean }
    }
}
