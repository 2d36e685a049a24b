import VideoAnalysis

/// What is done to a frame before it is searched by.
enum Change: String, CaseIterable {
    case halfBitRate = "half the bit rate"
    case halfSize = "scaled to 0.5"
    case largerSize = "scaled to 1.5"
    case centredCrop = "cropped, centred"
    case randomCrop = "cropped anywhere"
    case cornerCrop = "cropped at a corner"
    case gain = "20 % brighter"
    case offset = "30 levels brighter"

    /// - Parameter encodedAgain: The frame in the video of half the bit rate.
    func apply(to frame: Image, encodedAgain: Image, using random: inout RandomSource) throws -> Image {
        switch self {
        case .halfBitRate: encodedAgain
        case .halfSize: try frame.resized(width: frame.width / 2, height: frame.height / 2)
        case .largerSize: try frame.resized(width: frame.width * 3 / 2, height: frame.height * 3 / 2)
        case .centredCrop: try cropped(frame, (0.5, 0.5))
        case .randomCrop:
            try cropped(frame, (Double.random(in: 0...1, using: &random), Double.random(in: 0...1, using: &random)))
        case .cornerCrop:
            try cropped(
                frame, (Double(Int.random(in: 0...1, using: &random)), Double(Int.random(in: 0...1, using: &random))))
        case .gain: try mapped(frame) { $0 * 6 / 5 }
        case .offset: try mapped(frame) { $0 + 30 }
        }
    }

    /// Nine tenths of the width and of the height.
    ///
    /// - Parameter place: How much of what is cut off was at the left and at the top.
    private func cropped(_ frame: Image, _ place: (x: Double, y: Double)) throws -> Image {
        let (width, height) = (frame.width * 9 / 10, frame.height * 9 / 10)
        let x = Int((place.x * Double(frame.width - width)).rounded())
        let y = Int((place.y * Double(frame.height - height)).rounded())
        return try frame.cropped(to: BoundingBox(x: Float(x), y: Float(y), width: Float(width), height: Float(height)))
    }

    /// Levels above 255 are cut off.
    private func mapped(_ frame: Image, _ level: (Int) -> Int) throws -> Image {
        let table = (0..<256).map { UInt8(min(level($0), 255)) }
        return try frame.withBytes { source, sourceStride in
            try Image(width: frame.width, height: frame.height, format: frame.format) { target, stride in
                for y in 0..<frame.height {
                    for byte in 0..<frame.width * frame.format.bytesPerPixel {
                        target[y * stride + byte] = table[Int(source[y * sourceStride + byte])]
                    }
                }
            }
        }
    }
}
