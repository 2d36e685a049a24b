import Testing

@testable import VideoAnalysis

@Suite struct TrackLedgerTests {
    private func append(
        _ ledger: inout TrackLedger, id: Int, number: Int, confidence: Float = 0.5, interpolated: Bool = false
    ) {
        let box = BoundingBox(x: Float(number), y: 0, width: 10, height: 20)
        let object = TrackedObject(
            detection: Detection(box: box, confidence: confidence, objectClass: .person), trackID: id,
            interpolated: interpolated)
        let frame = TrackedFrame(frameNumber: Int64(number), timestamp: Double(number), objects: [object])
        ledger.append(object, in: frame, bestView: nil)
    }

    @Test func sumsUpATrack() throws {
        var ledger = TrackLedger()
        append(&ledger, id: 7, number: 3, confidence: 0.4)
        append(&ledger, id: 7, number: 4, confidence: 0, interpolated: true)
        append(&ledger, id: 7, number: 5, confidence: 0.8)
        let row = try #require(ledger.takeEnded(before: .infinity).first).row
        #expect(row.trackID == 7)
        #expect(row.detections == 2)
        #expect(abs(row.confidence - 0.6) < 1e-6)
        #expect([row.firstFrame, row.lastFrame] == [3, 5])
        #expect(row.pathJSON == "[[3,3,8,20],[4,4,9,20],[5,5,10,20]]")
        #expect(ledger.takeEnded(before: .infinity).isEmpty)
    }

    @Test func givesOnlyTracksThatAreOverInOrderOfTheirIDs() {
        var ledger = TrackLedger()
        for id in [3, 1, 2] { append(&ledger, id: id, number: id) }
        #expect(ledger.takeEnded(before: 3).map(\.row.trackID) == [1, 2])
        #expect(ledger.takeEnded(before: 3.5).map(\.row.trackID) == [3])
    }

    @Test func aLongPathIsThinnedOutButKeepsItsEnds() throws {
        var ledger = TrackLedger()
        for number in 0..<10_001 { append(&ledger, id: 1, number: number) }
        let path = try #require(ledger.takeEnded(before: .infinity).first).row.path
        #expect((200...513).contains(path.count))
        #expect(path.first?.frameNumber == 0)
        #expect(path.last?.frameNumber == 10_000)
        #expect(zip(path, path.dropFirst()).allSatisfy { $0.frameNumber < $1.frameNumber })
    }
}
