/// How the video's pixels map to those of the pictures that screens show.
struct DisplayGeometry: Hashable {
    static let largestWidth = 640.0
    static let largestHeight = 720.0

    let originalWidth: Int
    let originalHeight: Int
    let width: Int
    let height: Int

    var widthRatio: Double { Double(width) / Double(originalWidth) }
    var heightRatio: Double { Double(height) / Double(originalHeight) }

    /// Shrinks to at most 640 x 720, if nothing else is said, and never enlarges.
    init(
        originalWidth: Int, originalHeight: Int, largestWidth: Double = Self.largestWidth,
        largestHeight: Double = Self.largestHeight
    ) {
        self.originalWidth = originalWidth
        self.originalHeight = originalHeight
        let scale = min(1, largestWidth / Double(originalWidth), largestHeight / Double(originalHeight))
        width = max(1, Int((Double(originalWidth) * scale).rounded()))
        height = max(1, Int((Double(originalHeight) * scale).rounded()))
    }

    func display(_ box: BoundingBox) -> BoundingBox {
        box.scaled(byX: Float(widthRatio), y: Float(heightRatio))
    }

    func display(_ point: (x: Float, y: Float)) -> (x: Float, y: Float) {
        (point.x * Float(widthRatio), point.y * Float(heightRatio))
    }

    /// - Parameter size: Of the picture, when it is not of the frame's shape.
    func row(
        _ kind: DisplayRow.Kind, frame: (number: Int64, timestamp: Double)? = nil,
        size: (width: Int, height: Int)? = nil, overlay: String, image: [UInt8], mediaType: String
    ) -> DisplayRow {
        let size = size ?? (width, height)
        return DisplayRow(
            frameNumber: frame?.number, timestamp: frame?.timestamp, kind: kind,
            originalWidth: Int32(clamping: originalWidth), originalHeight: Int32(clamping: originalHeight),
            displayWidth: Int32(clamping: size.width), displayHeight: Int32(clamping: size.height),
            widthRatio: Double(size.width) / Double(originalWidth),
            heightRatio: Double(size.height) / Double(originalHeight), overlay: overlay, image: image,
            mediaType: mediaType)
    }
}
