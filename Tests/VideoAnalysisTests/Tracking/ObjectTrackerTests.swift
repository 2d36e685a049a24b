import Testing

@testable import VideoAnalysis

@Suite struct ObjectTrackerTests {
    private static let one = Walker(start: (100, 300), velocity: (50, 0))

    @Test func aTrackIsConfirmedByItsSecondDetectionWithIDOne() {
        var tracker = ObjectTracker()
        #expect(tracker.update([Self.one.detection(at: 0)], timestamp: 0).map(\.trackID) == [nil])
        #expect(tracker.predictions.count == 1)
        #expect(tracker.update([Self.one.detection(at: 0.1)], timestamp: 0.1).map(\.trackID) == [1])
        #expect(tracker.predictions.count == 1)
    }

    @Test(arguments: [2, 3])
    func anObjectThatADetectorLooksForInEveryFewFramesIsOneTrack(step: Int) {
        var tracker = ObjectTracker()
        var ids: [Int?] = []
        for frame in 0..<30 {
            let time = Double(frame) / 10
            let found = frame.isMultiple(of: step) ? [Self.one.detection(at: time)] : []
            ids += tracker.update(found, timestamp: time).map(\.trackID)
        }
        #expect(ids == [nil] + [Int?](repeating: 1, count: 30 / step - 1))
    }

    @Test func nothingGivesNothing() {
        var tracker = ObjectTracker()
        for frame in 0..<10 { #expect(tracker.update([], timestamp: Double(frame)).isEmpty) }
        #expect(tracker.predictions.isEmpty)
    }

    @Test(arguments: [
        person(.nan, 0, 40, 100), person(0, 0, .infinity, 100), person(0, 0, 0, 0), person(40, 100, 0, 0),
        person(0, 0, 40, 100, confidence: .nan),
    ])
    func boxesThatAreNoBoxesAreLeftOut(bad: Detection) {
        var tracker = ObjectTracker()
        for frame in 0..<5 {
            let time = Double(frame) / 10
            let objects = tracker.update([bad, Self.one.detection(at: time)], timestamp: time)
            #expect(objects.map(\.detection) == [Self.one.detection(at: time)])
        }
    }

    @Test func hugeBoxesAreFollowedLikeOthers() {
        var tracker = ObjectTracker()
        let huge = person(-3e38, -3e38, 3e38, 3e38)
        var ids: [Int?] = []
        for frame in 0..<5 {
            let time = Double(frame) / 10
            ids = tracker.update([huge, Self.one.detection(at: time)], timestamp: time).map(\.trackID)
        }
        #expect(ids == [1, 2])
    }

    @Test func equalBoxesGetAnIDEach() {
        var tracker = ObjectTracker()
        for frame in 0..<4 {
            let same = [Detection](repeating: person(0, 0, 40, 100), count: 20)
            let objects = tracker.update(same, timestamp: Double(frame) / 10)
            #expect(objects.count == 20)
            if frame > 0 { #expect(Set(objects.compactMap(\.trackID)) == Set(1...20)) }
        }
    }

    @Test func aThousandWalkersKeepTheirIDs() {
        let walkers = (0..<1000).map { index -> Walker in
            let x = Float(index % 40) * 60
            let y = Float(index / 40) * 60 + 100
            return Walker(start: (x, y), velocity: (Float(index % 7) - 3, Float(index % 5) - 2))
        }
        var tracker = ObjectTracker()
        for frame in 0..<6 {
            let time = Double(frame) / 10
            let objects = tracker.update(walkers.map { $0.detection(at: time) }, timestamp: time)
            if frame > 0 { #expect(objects.compactMap(\.trackID) == Array(1...1000)) }
        }
    }

    @Test func classesAreNeverMixed() {
        var tracker = ObjectTracker()
        for frame in 0..<6 {
            let time = Double(frame) / 10
            let objectClass: ObjectClass = frame < 3 ? .person : .movingObject
            let objects = tracker.update([Self.one.detection(at: time, objectClass: objectClass)], timestamp: time)
            let expected: [[Int]] = [[], [1], [1], [], [2], [2]]
            #expect(objects.compactMap(\.trackID) == expected[frame])
        }
    }

    @Test func unsureDetectionsContinueATrackButStartNone() {
        var tracker = ObjectTracker()
        for frame in 0..<10 {
            let time = Double(frame) / 10
            let unsure = Walker(start: (600, 300), velocity: (0, 0)).detection(at: time, confidence: 0.3)
            let followed = Self.one.detection(at: time, confidence: frame < 3 ? 0.95 : 0.3)
            let objects = tracker.update([followed, unsure], timestamp: time)
            #expect(objects.count == 1)
            if frame > 0 { #expect(objects.first?.trackID == 1) }
        }
    }

    @Test func anObjectHiddenForAMomentKeepsItsID() {
        var tracker = ObjectTracker()
        for frame in 0..<30 {
            let time = Double(frame) / 10
            let isHidden = (12..<16).contains(frame)
            let objects = tracker.update(isHidden ? [] : [Self.one.detection(at: time)], timestamp: time)
            if frame > 0, !isHidden { #expect(objects.map(\.trackID) == [1]) }
        }
    }

    @Test func anObjectGoneForLongIsForgotten() {
        var tracker = ObjectTracker()
        for time in [0, 0.1, 0.2, 5.0, 5.1] where time < 5 {
            _ = tracker.update([Self.one.detection(at: 0)], timestamp: time)
        }
        _ = tracker.update([], timestamp: 3)
        #expect(tracker.predictions.isEmpty)
        _ = tracker.update([Self.one.detection(at: 0)], timestamp: 5)
        #expect(tracker.update([Self.one.detection(at: 0)], timestamp: 5.1).map(\.trackID) == [2])
    }

    @Test func timeThatStandsStillOrRunsBackIsHarmless() {
        var tracker = ObjectTracker()
        for time in [1.0, 1.0, 0.5, 1.1] {
            let objects = tracker.update([Self.one.detection(at: 0)], timestamp: time)
            #expect(objects.count == 1)
        }
    }
}
