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

    /// Shrinks to at most 640 x 720 and never enlarges.
    init(originalWidth: Int, originalHeight: Int) {
        self.originalWidth = originalWidth
        self.originalHeight = originalHeight
        let scale = min(1, Self.largestWidth / Double(originalWidth), Self.largestHeight / Double(originalHeight))
        width = max(1, Int((Double(originalWidth) * scale).rounded()))
        height = max(1, Int((Double(originalHeight) * scale).rounded()))
    }

    func display(_ box: BoundingBox) -> BoundingBox {
        box.scaled(byX: Float(widthRatio), y: Float(heightRatio))
    }

    func display(_ point: (x: Float, y: Float)) -> (x: Float, y: Float) {
        (point.x * Float(widthRatio), point.y * Float(heightRatio))
    }

    func row(
        _ kind: DisplayRow.Kind, frame: (number: Int64, timestamp: Double)? = nil, overlay: String, image: [UInt8],
        mediaType: String
    ) -> DisplayRow {
        DisplayRow(
            frameNumber: frame?.number, timestamp: frame?.timestamp, kind: kind,
            originalWidth: Int32(clamping: originalWidth), originalHeight: Int32(clamping: originalHeight),
            displayWidth: Int32(clamping: width), displayHeight: Int32(clamping: height), widthRatio: widthRatio,
            heightRatio: heightRatio, overlay: overlay, image: image, mediaType: mediaType)
    }
}
