/// One object on a key frame: its box with class, id and confidence, as drawing and as JSON.
struct ObjectLabel {
    private let box: BoundingBox
    private let object: TrackedObject
    /// The height of a capital letter in pixels.
    private let textSize: Double

    init(_ object: TrackedObject, geometry: DisplayGeometry, textSize: Double = 7) {
        self.object = object
        self.textSize = textSize
        box = geometry.display(object.detection.box)
    }

    var json: String {
        let corners = [box.x1, box.y1, box.x2, box.y2].map { jsonNumber(Double($0), digits: 1) }
        return #"{"box":[\#(corners.joined(separator: ","))],"class_name":\#(jsonString(object.detection.className)),"#
            + #""confidence":\#(jsonNumber(Double(object.detection.confidence), digits: 3)),"#
            + #""interpolated":\#(object.interpolated),"track_id":\#(object.trackID.map(String.init) ?? "null")}"#
    }

    /// Draws all of a picture's labels: first the boxes, then the texts, which keep out of each other's way.
    static func draw(_ labels: [ObjectLabel], on canvas: borrowing Canvas) throws(VideoAnalysisError) {
        for label in labels {
            try canvas.stroke(label.box, color: label.color, thickness: label.thickness)
        }
        var taken: [BoundingBox] = []
        for label in labels {
            let places = label.textPlaces(width: Float(canvas.width), height: Float(canvas.height))
            let place = places.first { place in !taken.contains { $0.intersects(place) } } ?? places[0]
            taken.append(place)
            try label.drawText(at: place, on: canvas)
        }
    }

    private var color: Color { Palette.color(object.trackID ?? 0) }

    /// Boxes that were filled in are thinner.
    private var thickness: Int {
        let scale = max(1, Int((textSize / 7).rounded()))
        return object.interpolated ? scale : 2 * scale
    }

    private var margin: Float { Float(textSize) * 3 / 7 }

    /// The best first: above the box, below it, inside; where there is room, and never beyond the sides.
    private func textPlaces(width: Float, height: Float) -> [BoundingBox] {
        let textWidth = Canvas.width(of: text, size: textSize) + 2 * margin
        let textHeight = Float(textSize) + 2 * margin
        let left = min(max(box.x1, 0), max(width - textWidth, 0))
        let tops = [box.y1 - textHeight, box.y2, box.y1, box.y2 - textHeight]
            .filter { $0 >= 0 && $0 + textHeight <= height }
        return (tops.isEmpty ? [max(box.y1, 0)] : tops).map { top in
            BoundingBox(x: left, y: top, width: textWidth, height: textHeight)
        }
    }

    private func drawText(at place: BoundingBox, on canvas: borrowing Canvas) throws(VideoAnalysisError) {
        try canvas.fill(place, color: color, opacity: 0.85)
        try canvas.text(
            text, x: place.x1 + margin, baseline: place.y2 - margin, size: textSize,
            color: Palette.textColor(on: color))
    }

    private var text: String {
        let name = object.detection.className.replacing("_", with: " ")
        let identifier = object.trackID.map { " \($0)" } ?? ""
        let percent = object.interpolated ? "" : " \(Int((object.detection.confidence * 100).rounded()))%"
        return name + identifier + percent
    }
}

extension BoundingBox {
    fileprivate func intersects(_ other: BoundingBox) -> Bool {
        x1 < other.x2 && other.x1 < x2 && y1 < other.y2 && other.y1 < y2
    }
}
