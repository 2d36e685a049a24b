/// The ways that objects took, drawn over the background while the video runs.
struct Trajectories: ~Copyable {
    private struct Course {
        var className: String
        var points: [(x: Float, y: Float)] = []
        var stride = 1
        var offered = 0
        var last: (x: Float, y: Float)
        var lastTimestamp: Double

        /// Keeps the course's shape with ever fewer points.
        mutating func append(_ point: (x: Float, y: Float)) {
            defer { offered += 1 }
            guard offered % stride == 0 else { return }
            points.append(point)
            guard points.count > mostPoints else { return }
            points = points.indices.filter { $0 % 2 == 0 }.map { points[$0] }
            stride *= 2
        }
    }

    private static let mostPoints = 24
    private static let mostTracks = 500
    /// A longer time without the object is not bridged.
    private static let longestGapSeconds = 3.0

    private let geometry: DisplayGeometry
    private let layer: Canvas
    private let mask: Canvas
    private var courses: [Int32: Course] = [:]
    private var tracks: [String] = []

    init(geometry: DisplayGeometry) throws(VideoAnalysisError) {
        let black = try Image.filled(width: geometry.width, height: geometry.height, color: .black)
        let gray = try black.gray()
        self.geometry = geometry
        layer = Canvas(image: black)
        mask = Canvas(image: gray)
    }

    mutating func append(_ objects: [TrackedObject], timestamp: Double) throws(VideoAnalysisError) {
        for object in objects {
            guard let trackID = object.trackID.map({ Int32(clamping: $0) }) else { continue }
            let point = geometry.display(object.detection.box.foot)
            var course =
                courses[trackID]
                ?? Course(
                    className: object.detection.className, last: point, lastTimestamp: timestamp)
            if timestamp - course.lastTimestamp <= Self.longestGapSeconds {
                let color = Palette.color(Int(trackID))
                try layer.line(from: course.last, to: point, color: color, thickness: 2)
                try mask.line(from: course.last, to: point, color: .white, thickness: 2)
            }
            course.append(point)
            course.last = point
            course.lastTimestamp = timestamp
            courses[trackID] = course
        }
    }

    /// Marks where the track ended.
    mutating func ended(trackID: Int32) throws(VideoAnalysisError) {
        guard let course = courses.removeValue(forKey: trackID) else { return }
        try layer.dot(at: course.last, radius: 3, color: Palette.color(Int(trackID)))
        try mask.dot(at: course.last, radius: 3, color: .white)
        guard tracks.count < Self.mostTracks else { return }
        let points = (course.points + [course.last]).map { point in
            "[\(jsonNumber(Double(point.x), digits: 1)),\(jsonNumber(Double(point.y), digits: 1))]"
        }
        tracks.append(
            #"{"class_name":\#(jsonString(course.className)),"path":[\#(points.joined(separator: ","))],"#
                + #""track_id":\#(trackID)}"#)
    }

    func row(over background: Image) throws(VideoAnalysisError) -> DisplayRow {
        let picture = try background.drawing { canvas throws(VideoAnalysisError) in
            // Paler, so that the lines stand out.
            try canvas.fill(
                BoundingBox(x1: 0, y1: 0, x2: Float(canvas.width), y2: Float(canvas.height)), color: .white,
                opacity: 0.35)
            try canvas.blend(layer.image, mask: mask.image)
        }
        return geometry.row(
            .trajectories, overlay: #"{"tracks":[\#(tracks.joined(separator: ","))]}"#,
            image: try picture.encodedPNG(), mediaType: "image/png")
    }
}
