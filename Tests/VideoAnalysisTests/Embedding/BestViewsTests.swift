import Testing

@testable import VideoAnalysis

@Suite struct BestViewsTests {
    private func object(_ box: BoundingBox, _ confidence: Float, tracklet: Int) -> TrackedObject {
        TrackedObject(
            detection: Detection(box: box, confidence: confidence, objectClass: .person), trackID: nil,
            tracklet: tracklet)
    }

    @Test func theFreestLargestSurestLookWins() throws {
        let image = try Image.filled(width: 200, height: 200, color: .black)
        var views = BestViews(inputWidth: 32, inputHeight: 64)
        func see(_ number: Int64, _ objects: [TrackedObject]) throws {
            try views.append(objects, in: DecodedFrame(frameNumber: number, timestamp: Double(number), image: image))
        }
        let small = BoundingBox(x: 20, y: 20, width: 10, height: 30)
        let large = BoundingBox(x: 20, y: 20, width: 40, height: 100)
        try see(0, [object(small, 0.9, tracklet: 1)])
        try see(1, [object(large, 0.9, tracklet: 1), object(large, 0.5, tracklet: 2)])
        #expect(views[1]?.frameNumber == 0)
        try see(2, [object(large, 0.9, tracklet: 1)])
        #expect(views[1]?.frameNumber == 2)
        try see(3, [object(large, 0.3, tracklet: 1)])
        #expect(views[1]?.frameNumber == 2)
        #expect(views[1]?.crop.size == [32, 80])
        views.removeAll(before: 2)
        #expect(views[2] == nil)
        #expect(views[1] != nil)
    }

    @Test func aLookCutOffByTheEdgeIsWorthLess() throws {
        let image = try Image.filled(width: 200, height: 200, color: .black)
        var views = BestViews(inputWidth: 64, inputHeight: 128)
        for (number, x) in [0, 40].enumerated() {
            let box = BoundingBox(x: Float(x), y: 20, width: 30, height: 80)
            try views.append(
                [object(box, 0.9, tracklet: 1)],
                in: DecodedFrame(frameNumber: Int64(number), timestamp: Double(number), image: image))
        }
        #expect(views[1]?.frameNumber == 1)
        // Smaller than the input, it stays as it is.
        #expect(views[1]?.crop.size == [30, 80])
    }
}
