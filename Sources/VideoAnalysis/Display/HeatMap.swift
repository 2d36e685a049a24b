import Foundation

/// Where objects stood, and for how long.
struct HeatMap {
    private static let gridWidth = 160
    private static let legendHeight = 34

    private let geometry: DisplayGeometry
    private let columns: Int
    private let rows: Int
    /// Seconds in which an object stood in or close to the cell.
    private var seconds: [Float]

    init(geometry: DisplayGeometry) {
        self.geometry = geometry
        columns = min(Self.gridWidth, geometry.width)
        rows = max(1, Int((Double(columns) * Double(geometry.height) / Double(geometry.width)).rounded()))
        seconds = [Float](repeating: 0, count: columns * rows)
    }

    /// - Parameter duration: The seconds for which this frame stands.
    mutating func append(_ objects: [TrackedObject], duration: Double) {
        let scale = Float(columns) / Float(geometry.originalWidth)
        for object in objects {
            let box = object.detection.box
            let foot = (x: box.foot.x * scale, y: box.foot.y * scale)
            let spread = max(1, box.width * scale / 2)
            add(foot, spread: spread, weight: Float(duration))
        }
    }

    /// A bell around the foot point, of height `weight`, flattened as the ground is in most pictures.
    private mutating func add(_ foot: (x: Float, y: Float), spread: Float, weight: Float) {
        let (reachX, reachY) = (spread * 2.5, spread * 1.25)
        guard foot.x.isFinite, foot.y.isFinite else { return }
        let left = max(0, Int(max(foot.x - reachX, 0)))
        let right = min(columns - 1, Int(min(foot.x + reachX, Float(columns))))
        let top = max(0, Int(max(foot.y - reachY, 0)))
        let bottom = min(rows - 1, Int(min(foot.y + reachY, Float(rows))))
        guard left <= right, top <= bottom else { return }
        for row in top...bottom {
            let y = (Float(row) + 0.5 - foot.y) / (spread / 2)
            for column in left...right {
                let x = (Float(column) + 0.5 - foot.x) / spread
                seconds[row * columns + column] += weight * exp(-(x * x + y * y) / 2)
            }
        }
    }

    func row(over background: Image) throws(VideoAnalysisError) -> DisplayRow {
        let peak = seconds.max() ?? 0
        // The square root shows where people pass beside where they stay.
        let levels = seconds.map { value in
            peak > 0 ? UInt8((255 * (value / peak).squareRoot()).rounded()) : 0
        }
        let level = try Image(width: columns, height: rows, format: .gray8, bytes: levels)
            .resized(width: geometry.width, height: geometry.height)
        let heat = try level.colorized()
        let mask = try Image(
            width: columns, height: rows, format: .gray8,
            bytes: levels.map { UInt8(min(215, Int($0) * 4)) }
        ).resized(width: geometry.width, height: geometry.height)
        let picture = try background.drawing { canvas throws(VideoAnalysisError) in
            try canvas.blend(heat, mask: mask)
            if geometry.width >= 240, geometry.height >= 120 { try drawLegend(on: canvas, peak: peak) }
        }
        let overlay =
            #"{"columns":\#(columns),"maximum_seconds":\#(jsonNumber(Double(peak), digits: 2)),"rows":\#(rows),"#
            + #""scale":"square root","unit":"seconds an object stood here"}"#
        return geometry.row(
            .heatmap, overlay: overlay, image: try picture.encodedPNG(), mediaType: "image/png")
    }

    private func drawLegend(on canvas: borrowing Canvas, peak: Float) throws(VideoAnalysisError) {
        let height = Float(Self.legendHeight)
        let top = Float(geometry.height) - height
        try canvas.fill(
            BoundingBox(x: 0, y: top, width: Float(geometry.width), height: height), color: .black, opacity: 0.6)
        let (left, width) = (12, 140)
        let ramp = try Image(
            width: width, height: 1, format: .gray8, bytes: (0..<width).map { UInt8($0 * 255 / (width - 1)) }
        ).colorized()
        let colors = ramp.withBytes { pixels, _ in
            (0..<width).map { Color(red: pixels[$0 * 3 + 2], green: pixels[$0 * 3 + 1], blue: pixels[$0 * 3]) }
        }
        for (index, color) in colors.enumerated() {
            try canvas.fill(
                BoundingBox(x: Float(left + index), y: top + 6, width: 1, height: 8), color: color)
        }
        try canvas.text("0 s", x: Float(left), baseline: top + 28, size: 8, color: .white)
        let text = "\(jsonNumber(Double(peak), digits: 1)) s"
        try canvas.text(
            text, x: Float(left + width) - Canvas.width(of: text, size: 8), baseline: top + 28, size: 8, color: .white)
        try canvas.text(
            "time objects stood here", x: Float(left + width + 14), baseline: top + 15, size: 8, color: .white)
    }
}
