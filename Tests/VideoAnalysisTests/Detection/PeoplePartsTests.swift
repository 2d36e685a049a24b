import Testing

@testable import VideoAnalysis

@Suite struct PeoplePartsTests {
    private static let near = person(100, 100, 200, 400)

    private static func person(
        _ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, confidence: Float = 0.9
    ) -> Detection {
        Detection(box: BoundingBox(x1: x1, y1: y1, x2: x2, y2: y2), confidence: confidence, objectClass: .person)
    }

    @Test(arguments: [
        (person(120, 300, 160, 400), true), (person(140, 150, 180, 250, confidence: 0.99), true),
        // Half of it is outside, it is as tall, it is beside.
        (person(80, 300, 120, 400), false), (person(120, 180, 180, 400), false), (person(210, 300, 250, 400), false),
    ])
    func whatLiesInALargerPersonIsAPart(other: Detection, isPart: Bool) {
        let found = [other, Self.near].withoutParts()
        #expect(found.map(\.box) == (isPart ? [Self.near.box] : [other.box, Self.near.box]))
    }

    @Test func whoIsHardlyAPersonHasNoParts() {
        let unsure = Self.person(100, 100, 200, 400, confidence: 0.2)
        #expect([unsure, Self.person(120, 300, 160, 400)].withoutParts().count == 2)
        #expect([Detection]().withoutParts().isEmpty)
    }
}
