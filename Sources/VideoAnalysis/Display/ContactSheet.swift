/// The video at a glance: its key frames in order of time on one picture, with their boxes and times.
///
/// Memory stays flat: of more than ``most`` frames every second one goes, see ``EvenSample``.
struct ContactSheet {
    private struct Cell {
        var frameNumber: Int64
        var timestamp: Double
        var image: Image
    }

    private static let most = 30
    private static let largestWidth = 1280
    private static let gap = 8
    private static let captionHeight = 24
    private static let textSize = 10.0

    private let geometry: DisplayGeometry
    private let cellGeometry: DisplayGeometry
    private var cells = EvenSample<Cell>(most: most)

    init(geometry: DisplayGeometry) {
        self.geometry = geometry
        // Wide enough for the caption, whatever the frame's shape is.
        cellGeometry = DisplayGeometry(
            originalWidth: geometry.originalWidth, originalHeight: geometry.originalHeight, largestWidth: 246,
            largestHeight: 246)
    }

    /// - Parameter image: The frame at any size, nothing drawn on it.
    mutating func append(_ frame: TrackedFrame, image: Image) throws(VideoAnalysisError) {
        let cellGeometry = cellGeometry
        try cells.offer(try Self.cell(frame, image, cellGeometry))
    }

    private static func cell(
        _ frame: TrackedFrame, _ image: Image, _ cellGeometry: DisplayGeometry
    ) throws(VideoAnalysisError) -> Cell {
        let small = try image.resized(width: cellGeometry.width, height: cellGeometry.height)
        let drawn = try small.drawing { canvas throws(VideoAnalysisError) in
            for object in frame.objects {
                try canvas.stroke(
                    cellGeometry.display(object.detection.box), color: Palette.color(object.trackID ?? 0),
                    thickness: object.interpolated ? 1 : 2)
            }
        }
        return Cell(frameNumber: frame.frameNumber, timestamp: frame.timestamp, image: drawn)
    }

    /// Nil when there was no frame.
    func row() throws(VideoAnalysisError) -> DisplayRow? {
        let cells = cells.elements
        guard !cells.isEmpty else { return nil }
        let cellWidth = max(cellGeometry.width, Self.leastCellWidth)
        let cellHeight = cellGeometry.height + Self.captionHeight
        let columns = min(cells.count, max(1, (Self.largestWidth - Self.gap) / (cellWidth + Self.gap)))
        let rows = (cells.count + columns - 1) / columns
        let width = Self.gap + columns * (cellWidth + Self.gap)
        let height = Self.gap + rows * (cellHeight + Self.gap)
        var places: [String] = []
        let paper = try Image.filled(width: width, height: height, color: Color(red: 24, green: 27, blue: 31))
        let picture = try paper.drawing { canvas throws(VideoAnalysisError) in
            for (index, cell) in cells.enumerated() {
                let left = Self.gap + index % columns * (cellWidth + Self.gap)
                let top = Self.gap + index / columns * (cellHeight + Self.gap)
                let x = left + (cellWidth - cellGeometry.width) / 2
                try canvas.paste(cell.image, x: x, y: top)
                try canvas.text(
                    clockTime(cell.timestamp, tenths: true), x: Float(x),
                    baseline: Float(top + cellGeometry.height) + 6 + Float(Self.textSize), size: Self.textSize,
                    color: .white)
                places.append(
                    #"{"box":[\#(x),\#(top),\#(x + cellGeometry.width),\#(top + cellGeometry.height)],"#
                        + #""frame_number":\#(cell.frameNumber),"timestamp":\#(jsonNumber(cell.timestamp, digits: 3))}"#
                )
            }
        }
        return geometry.row(
            .contactSheet, size: (width, height),
            overlay: #"{"columns":\#(columns),"frames":[\#(places.joined(separator: ","))],"rows":\#(rows)}"#,
            image: try picture.encodedJPEG(), mediaType: "image/jpeg")
    }

    /// A caption of an hour and more, `10:00:00.0`.
    private static var leastCellWidth: Int { Int(Canvas.width(of: "00:00:00.0", size: textSize)) + 1 }
}
