import Testing

@testable import VideoAnalysis

@Suite struct NonMaximumSuppressionTests {
    @Test func theSurestOfOverlappingBoxesStays() {
        let detections = [
            person(0, 0, 10, 10, confidence: 0.5), person(1, 0, 11, 10, confidence: 0.9),
            person(30, 0, 40, 10, confidence: 0.3),
        ]
        #expect(nonMaximumSuppression(detections, overlap: 0.5) == [1, 2])
    }

    @Test func classesDoNotSuppressEachOther() {
        var other = person(0, 0, 10, 10)
        other.classID = 1
        #expect(nonMaximumSuppression([person(0, 0, 10, 10), other], overlap: 0.5) == [0, 1])
    }

    @Test func equalBoxesKeepTheFirst() {
        #expect(nonMaximumSuppression([Detection](repeating: person(0, 0, 1, 1), count: 1000), overlap: 0.5) == [0])
    }

    @Test(arguments: [
        [], [person(.nan, 0, 1, 1)], [person(0, 0, .infinity, 1)], [person(1, 1, 0, 0)],
        [person(0, 0, 1, 1, confidence: .nan)],
    ])
    func whatIsNoBoxIsLeftOut(detections: [Detection]) {
        #expect(nonMaximumSuppression(detections, overlap: 0.5).isEmpty)
    }

    @Test func hugeBoxesAreCompared() {
        let huge = person(-3e38, -3e38, 3e38, 3e38)
        #expect(nonMaximumSuppression([huge, huge, person(0, 0, 1, 1)], overlap: 0.5) == [0, 2])
    }
}
