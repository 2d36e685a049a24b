import Testing

@testable import VideoAnalysis

@Suite struct TrackedFrameTests {
    @Test func boxesAreCutOffAtTheFramesEdges() {
        func object(_ box: BoundingBox) -> TrackedObject {
            TrackedObject(detection: Detection(box: box, confidence: 1, objectClass: .person), trackID: 1)
        }
        let boxes = [
            BoundingBox(x1: -5, y1: -8, x2: 20, y2: 30), BoundingBox(x1: 90, y1: 40, x2: 130, y2: 55),
            BoundingBox(x1: 120, y1: 10, x2: 140, y2: 30), BoundingBox(x1: 10, y1: -20, x2: 20, y2: 0),
            BoundingBox(x1: 10, y1: 10, x2: 20, y2: 20),
        ]
        let frame = TrackedFrame(frameNumber: 7, timestamp: 1, objects: boxes.map(object))
        let inside = frame.clamped(width: 100, height: 50)
        #expect(
            inside.objects.map(\.detection.box) == [
                BoundingBox(x1: 0, y1: 0, x2: 20, y2: 30), BoundingBox(x1: 90, y1: 40, x2: 100, y2: 50),
                BoundingBox(x1: 10, y1: 10, x2: 20, y2: 20),
            ])
        #expect(inside.frameNumber == 7)
    }
}
