/// Chooses the frames that tell the video's story: in each stretch of time the one with the most objects.
///
/// A frame is drawn when its objects are final, a few seconds after it was seen; until then its picture waits here at
/// display size.
struct KeyFrames {
    private struct Candidate {
        var frameNumber: Int64
        var timestamp: Double
        var image: Image
        var objectCount: Int
        var final: TrackedFrame?
    }

    private static let pictures = 24.0
    private static let unknownIntervalSeconds = 10.0

    private let geometry: DisplayGeometry
    private let intervalSeconds: Double
    private var current: Candidate?
    private var waiting: [Candidate] = []
    private(set) var sheet: ContactSheet

    /// - Parameter duration: Seconds; 0 when unknown.
    init(geometry: DisplayGeometry, duration: Double) {
        self.geometry = geometry
        sheet = ContactSheet(geometry: geometry)
        intervalSeconds = duration > 0 ? max(1, duration / Self.pictures) : Self.unknownIntervalSeconds
    }

    mutating func offer(_ frame: DecodedFrame, objectCount: Int) throws(VideoAnalysisError) {
        if let candidate = current {
            if interval(candidate.timestamp) != interval(frame.timestamp) {
                try retire(candidate)
            } else if objectCount <= candidate.objectCount {
                return
            }
        }
        current = Candidate(
            frameNumber: frame.frameNumber, timestamp: frame.timestamp, image: frame.image, objectCount: objectCount)
    }

    /// Learns a frame's final objects.
    mutating func resolve(_ frame: TrackedFrame) {
        if current?.frameNumber == frame.frameNumber { current?.final = frame }
        for index in waiting.indices where waiting[index].frameNumber == frame.frameNumber {
            waiting[index].final = frame
        }
    }

    mutating func finish() throws(VideoAnalysisError) {
        if let candidate = current { try retire(candidate) }
        current = nil
    }

    /// Takes out the key frames whose objects are final, drawn.
    mutating func takeReady() throws(VideoAnalysisError) -> [DisplayRow] {
        var rows: [DisplayRow] = []
        while let first = waiting.first, let frame = first.final {
            rows.append(try row(of: frame, image: first.image))
            try sheet.append(frame, image: first.image)
            waiting.removeFirst()
        }
        return rows
    }

    private func interval(_ timestamp: Double) -> Double { (timestamp / intervalSeconds).rounded(.down) }

    private mutating func retire(_ candidate: Candidate) throws(VideoAnalysisError) {
        var small = candidate
        small.image = try candidate.image.resized(width: geometry.width, height: geometry.height)
        waiting.append(small)
    }

    private func row(of frame: TrackedFrame, image: Image) throws(VideoAnalysisError) -> DisplayRow {
        let labels = frame.objects.map { ObjectLabel($0, geometry: geometry) }
        let picture = try image.drawing { canvas throws(VideoAnalysisError) in
            try ObjectLabel.draw(labels, on: canvas)
        }
        var counts: [String: Int] = [:]
        for object in frame.objects { counts[object.detection.className, default: 0] += 1 }
        let boxes = labels.map(\.json)
        let countText = counts.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\($0.value)" }
        return geometry.row(
            .frame, frame: (frame.frameNumber, frame.timestamp),
            overlay: #"{"boxes":[\#(boxes.joined(separator: ","))],"counts":{\#(countText.joined(separator: ","))}}"#,
            image: try picture.encodedJPEG(), mediaType: "image/jpeg")
    }
}
