import Testing

@testable import VideoAnalysis

/// Two people walk towards each other behind a pillar, stop there, and each goes back. Whoever only sees where they go
/// takes it that they passed each other.
@Suite struct AppearanceTests {
    private static let (width, height) = (640, 240)
    private static let colors = [Color(red: 190, green: 40, blue: 40), Color(red: 40, green: 60, blue: 190)]
    private static let pillar = BoundingBox(x1: 290, y1: 0, x2: 350, y2: 240)

    /// The middle of the feet; nil while hidden.
    private static func place(of person: Int, at seconds: Double) -> Float? {
        let fromLeft: Double
        switch seconds {
        case ..<1.45: fromLeft = 100 + 120 * seconds
        case 2.45...: fromLeft = 258 - 100 * (seconds - 2.5)
        default: return nil
        }
        return Float(person == 0 ? fromLeft : Double(width) - fromLeft)
    }

    private static func box(atFootX x: Float) -> BoundingBox {
        BoundingBox(x1: x - 20, y1: 110, x2: x + 20, y2: 210)
    }

    private static func picture(at seconds: Double) throws -> Image {
        let floor = Color(red: 150, green: 150, blue: 145)
        return try Image.filled(width: width, height: height, color: floor).drawing {
            canvas throws(VideoAnalysisError) in
            for person in 0...1 {
                guard let x = place(of: person, at: seconds) else { continue }
                let box = box(atFootX: x)
                try canvas.dot(at: (x, box.y1 + 10), radius: 10, color: Color(red: 200, green: 160, blue: 130))
                try canvas.fill(BoundingBox(x: x - 16, y: box.y1 + 20, width: 32, height: 40), color: colors[person])
                let dark = Color(red: 40, green: 40, blue: 45)
                try canvas.fill(BoundingBox(x: x - 12, y: box.y1 + 60, width: 24, height: 40), color: dark)
            }
            try canvas.fill(pillar, color: Color(red: 90, green: 80, blue: 70))
        }
    }

    /// The ids of each person before and after, in order of time.
    private func identities(appearanceCost: Double) throws -> [[Int]] {
        var tracker = ObjectTracker()
        var settings = TrackletJoinerSettings()
        settings.appearanceCost = appearanceCost
        var joiner = TrackletJoiner(settings: settings)
        let embedder = ImageDescriptor(of: .objects)
        var views = BestViews(inputWidth: embedder.inputWidth, inputHeight: embedder.inputHeight)
        var frames: [TrackedFrame] = []
        for number in 0..<42 {
            let seconds = Double(number) / 10
            let found = (0...1).compactMap { Self.place(of: $0, at: seconds) }.map {
                Detection(box: Self.box(atFootX: $0), confidence: 0.95, objectClass: .person)
            }
            let objects = tracker.update(found, timestamp: seconds)
            let frame = DecodedFrame(
                frameNumber: Int64(number), timestamp: seconds, image: try Self.picture(at: seconds))
            try views.append(objects, in: frame)
            frames += try joiner.append(
                TrackedFrame(frameNumber: Int64(number), timestamp: seconds, objects: objects)
            ) { (earlier, later) throws(VideoAnalysisError) in
                try views.difference(earlier, later, by: embedder)
            }
        }
        frames += try joiner.finish { (earlier, later) throws(VideoAnalysisError) in
            try views.difference(earlier, later, by: embedder)
        }
        return (0...1).map { person in
            var ids: [Int] = []
            for frame in frames {
                guard let x = Self.place(of: person, at: frame.timestamp),
                    let seen = frame.objects.first(where: { abs($0.detection.box.foot.x - x) < 25 }),
                    let id = seen.trackID
                else { continue }
                if ids.last != id { ids.append(id) }
            }
            return ids
        }
    }

    @Test func whoTurnsBackOutOfSightIsToldByLooks() throws {
        #expect(try identities(appearanceCost: 0) == [[1, 2], [2, 1]])
        #expect(try identities(appearanceCost: TrackletJoinerSettings().appearanceCost) == [[1], [2]])
    }

    @Test func nobodyIsLookedAtWhereThereIsNoChoice() throws {
        var tracker = ObjectTracker()
        var joiner = TrackletJoiner()
        let walker = Walker(start: (100, 300), velocity: (50, 0))
        var joined: [TrackedFrame] = []
        var isAsked = false
        for number in 0..<80 {
            let seconds = Double(number) / 10
            let objects = tracker.update(
                (30..<42).contains(number) ? [] : [walker.detection(at: seconds)], timestamp: seconds)
            joined += joiner.append(
                TrackedFrame(frameNumber: Int64(number), timestamp: seconds, objects: objects)
            ) { _, _ in
                isAsked = true
                return 1
            }
        }
        #expect(!isAsked)
        #expect((joined + joiner.finish()).allSatisfy { $0.objects.map(\.trackID) == [1] })
    }
}
