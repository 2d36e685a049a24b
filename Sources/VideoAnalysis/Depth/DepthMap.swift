/// The depths over a whole frame as a picture, and what they are on the whole.
struct DepthMap {
    /// Pixels of the longer side at most.
    static let longestSide = 128
    static let metresScale = 0.01
    /// The largest depth is 1.
    static let relativeScale = 1.0 / 65_535

    /// A 16-bit gray PNG of the frame's shape: depth divided by `scale`, 0 where it is unknown.
    let png: [UInt8]
    let scale: Double
    /// Of the pixels whose depth is known.
    let average: Double
    let minimum: Double
    let maximum: Double
    let variance: Double
    /// Square pixels of the frame whose depth is known.
    let area: Double

    /// How many pixels the map of a frame has.
    static func size(frameWidth: Double, frameHeight: Double) -> (width: Int, height: Int) {
        let scale = min(1, Double(longestSide) / max(frameWidth, frameHeight))
        return (max(1, Int((frameWidth * scale).rounded())), max(1, Int((frameHeight * scale).rounded())))
    }

    /// - Parameters:
    ///   - depths: Row by row; nil where the depth is unknown, which it also is where it is too large for the scale.
    ///   - frameArea: In pixels of the frame.
    /// - Returns: Nil when no depth is known.
    init?(width: Int, depths: [Double?], scale: Double, frameArea: Double) throws(VideoAnalysisError) {
        var known: [Double] = []
        let pixels = depths.map { depth -> UInt16 in
            guard let depth, depth <= 65_535 * scale else { return 0 }
            known.append(depth)
            return UInt16(max((depth / scale).rounded(), 1))
        }
        guard let minimum = known.min(), let maximum = known.max() else { return nil }
        let height = depths.count / width
        let image = try Image(width: width, height: height, format: .gray16) { bytes, stride in
            for row in 0..<height {
                for column in 0..<width {
                    bytes.storeBytes(
                        of: pixels[row * width + column], toByteOffset: row * stride + column * 2, as: UInt16.self)
                }
            }
        }
        png = try image.encodedPNG()
        self.scale = scale
        self.minimum = minimum
        self.maximum = maximum
        let average = known.reduce(0, +) / Double(known.count)
        self.average = average
        variance = known.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(known.count)
        area = Double(known.count) / Double(depths.count) * frameArea
    }
}
