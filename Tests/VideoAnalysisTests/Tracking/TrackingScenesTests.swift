import Testing

@testable import VideoAnalysis

/// Whole scenes through tracker and joiner.
@Suite struct TrackingScenesTests {
    private static let crowd = [
        Walker(start: (60, 200), velocity: (40, 0)), Walker(start: (600, 330), velocity: (-45, 5)),
        Walker(start: (300, 470), velocity: (25, -4)), Walker(start: (700, 600), velocity: (-30, 0)),
    ]

    @Test(arguments: [5.0, 10, 30])
    func peopleWhoCrossKeepTheirIDs(frameRate: Double) {
        let walkers = [
            Walker(start: (100, 300), velocity: (60, 0)), Walker(start: (400, 320), velocity: (-60, 0)),
        ]
        let frames = (0..<Int(5 * frameRate)).map { frame in walkers.map { $0.detection(at: Double(frame) / frameRate) }
        }
        let result = tracked(frames, frameRate: frameRate)
        #expect(walkers.map { identities(of: $0, in: result, within: 5) } == [[1], [2]])
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func droppedFalseAndJitteredBoxesDoNotChangeIDs(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let frames = (0..<150).map { frame in
            var detections: [Detection] = []
            for walker in Self.crowd where Double.random(in: 0..<1, using: &numbers) >= 0.2 {
                var detection = walker.detection(at: Double(frame) / 15)
                let (dx, dy) = (Float.random(in: -3...3, using: &numbers), Float.random(in: -4...4, using: &numbers))
                detection.box.x1 += dx
                detection.box.x2 += dx
                detection.box.y1 += dy
                detection.box.y2 += dy
                detections.append(detection)
                if Double.random(in: 0..<1, using: &numbers) < 0.1 {
                    let x = Float.random(in: 0...760, using: &numbers)
                    let y = Float.random(in: 100...600, using: &numbers)
                    detections.append(Walker(start: (x, y), velocity: (0, 0)).detection(at: 0, confidence: 0.8))
                }
            }
            return detections
        }
        let result = tracked(frames, frameRate: 15)
        let ids = Self.crowd.map { identities(of: $0, in: result) }
        #expect(ids.allSatisfy { $0.count == 1 })
        #expect(Set(ids).count == Self.crowd.count)
        // The false boxes became no tracks, the dropped ones were filled in.
        #expect(Set(result.flatMap { $0.objects.map(\.trackID) }).count == Self.crowd.count)
        #expect(result.filter { $0.objects.count == Self.crowd.count }.count > 140)
        #expect(result.contains { $0.objects.contains(where: \.interpolated) })
    }

    @Test func aLongOcclusionIsJoinedAndFilled() throws {
        let walker = Walker(start: (100, 300), velocity: (50, 0))
        let frames = (0..<80).map { (30..<42).contains($0) ? [] : [walker.detection(at: Double($0) / 10)] }
        let result = tracked(frames, frameRate: 10)
        #expect(result.map(\.frameNumber) == (0..<80).map(Int64.init))
        #expect(result.allSatisfy { $0.objects.map(\.trackID) == [1] })
        for frame in result {
            let object = try #require(frame.objects.first)
            #expect(object.interpolated == (30..<42).contains(frame.frameNumber))
            #expect(object.detection.box.overlap(with: walker.detection(at: frame.timestamp).box) > 0.95)
        }
    }

    @Test func theFirstDetectionAlreadyCarriesTheID() {
        let walker = Walker(start: (100, 300), velocity: (50, 0))
        let result = tracked((0..<20).map { [walker.detection(at: Double($0) / 10)] }, frameRate: 10)
        #expect(result.first?.objects.map(\.trackID) == [1])
    }

    @Test func aFlickerIsNoTrack() {
        let walker = Walker(start: (100, 300), velocity: (0, 0))
        let frames = (0..<40).map { (10..<12).contains($0) ? [walker.detection(at: 0)] : [] }
        #expect(tracked(frames, frameRate: 10).allSatisfy { $0.objects.isEmpty })
    }

    @Test(arguments: [0.05, 0.5, 1, 2])
    func rareFramesStillGiveTracks(frameRate: Double) {
        let sitter = Walker(start: (100, 300), velocity: (0, 0))
        let result = tracked((0..<20).map { _ in [sitter.detection(at: 0)] }, frameRate: frameRate)
        #expect(result.count == 20)
        #expect(result.allSatisfy { $0.objects.map(\.trackID) == [1] })
    }

    @Test func aSingleFrameGivesATrack() {
        #expect(tracked([[person(0, 0, 40, 100)]], frameRate: 10).map { $0.objects.map(\.trackID) } == [[1]])
    }

    @Test func theSameDetectionsGiveTheSameTracksAndIDsStartAnew() {
        var numbers = SeededNumbers(seed: 9)
        let frames = (0..<100).map { frame in
            Self.crowd.shuffled(using: &numbers).dropLast(Int.random(in: 0...1, using: &numbers))
                .map { $0.detection(at: Double(frame) / 10) }
        }
        let first = tracked(frames, frameRate: 10)
        #expect(first == tracked(frames, frameRate: 10))
        #expect(first.flatMap { $0.objects.compactMap(\.trackID) }.min() == 1)
    }

    @Test func framesAreFinalAfterTheDelayWhateverTheLength() {
        let walker = Walker(start: (100, 300), velocity: (1, 0))
        var tracker = ObjectTracker()
        var joiner = TrackletJoiner()
        var released = 0
        for number in 0..<3000 {
            let timestamp = Double(number) / 10
            let objects = tracker.update([walker.detection(at: timestamp)], timestamp: timestamp)
            released +=
                joiner.append(
                    TrackedFrame(frameNumber: Int64(number), timestamp: timestamp, objects: objects)
                ).count
            #expect(number + 1 - released <= Int(joiner.delaySeconds * 10) + 1)
        }
        #expect(released + joiner.finish().count == 3000)
    }
}
