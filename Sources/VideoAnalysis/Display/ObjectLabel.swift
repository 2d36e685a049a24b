/// One object on a key frame: its box with class, id and confidence, as drawing and as JSON.
struct ObjectLabel {
    private static let textSize = 7.0
    private static let margin: Float = 3

    private let box: BoundingBox
    private let object: TrackedObject

    init(_ object: TrackedObject, geometry: DisplayGeometry) {
        self.object = object
        box = geometry.display(object.detection.box)
    }

    var json: String {
        let corners = [box.x1, box.y1, box.x2, box.y2].map { jsonNumber(Double($0), digits: 1) }
        return #"{"box":[\#(corners.joined(separator: ","))],"class_name":\#(jsonString(object.detection.className)),"#
            + #""confidence":\#(jsonNumber(Double(object.detection.confidence), digits: 3)),"#
            + #""interpolated":\#(object.interpolated),"track_id":\#(object.trackID.map(String.init) ?? "null")}"#
    }

    func draw(on canvas: borrowing Canvas) throws(VideoAnalysisError) {
        let color = Palette.color(object.trackID ?? 0)
        try canvas.stroke(box, color: color, thickness: object.interpolated ? 1 : 2)
        let text = text
        let width = Canvas.width(of: text, size: Self.textSize) + 2 * Self.margin
        let height = Float(Self.textSize) + 2 * Self.margin
        // Above the box where there is room, else inside; never beyond the sides.
        let top = box.y1 >= height ? box.y1 - height : box.y1
        let left = min(max(box.x1, 0), max(Float(canvas.width) - width, 0))
        try canvas.fill(
            BoundingBox(x: left, y: top, width: width, height: height), color: color, opacity: 0.85)
        try canvas.text(
            text, x: left + Self.margin, baseline: top + height - Self.margin, size: Self.textSize,
            color: Palette.textColor(on: color))
    }

    private var text: String {
        let name = object.detection.className.replacing("_", with: " ")
        let identifier = object.trackID.map { " \($0)" } ?? ""
        let percent = object.interpolated ? "" : " \(Int((object.detection.confidence * 100).rounded()))%"
        return name + identifier + percent
    }
}
