import Testing

@testable import VideoAnalysis

@Suite struct BoundingBoxTests {
    static let unit = BoundingBox(x1: 0, y1: 0, x2: 2, y2: 2)

    @Test(
        arguments: [
            (unit, unit, Float(1)),
            (unit, BoundingBox(x1: 1, y1: 0, x2: 3, y2: 2), 1 / 3),
            (unit, BoundingBox(x1: 2, y1: 0, x2: 4, y2: 2), 0),
            (unit, BoundingBox(x1: 5, y1: 5, x2: 6, y2: 6), 0),
            (unit, BoundingBox(x1: 1, y1: 1, x2: 1, y2: 1), 0),
            (BoundingBox(x1: 1, y1: 1, x2: 1, y2: 1), BoundingBox(x1: 1, y1: 1, x2: 1, y2: 1), 0),
            (BoundingBox(x1: 3, y1: 3, x2: 1, y2: 1), unit, 0),
        ] as [(BoundingBox, BoundingBox, Float)])
    func overlapIsSharedByUnion(first: BoundingBox, second: BoundingBox, expected: Float) {
        #expect(abs(first.intersectionOverUnion(with: second) - expected) < 1e-6)
        #expect(first.intersectionOverUnion(with: second) == second.intersectionOverUnion(with: first))
    }

    @Test func footIsTheMiddleOfTheLowerEdge() {
        let box = BoundingBox(x: 10, y: 20, width: 4, height: 8)
        #expect([box.foot.x, box.foot.y] == [12, 28])
        #expect([box.centre.x, box.centre.y] == [12, 24])
        #expect(box.scaled(byX: 0.5, y: 2) == BoundingBox(x1: 5, y1: 40, x2: 7, y2: 56))
    }
}

@Suite struct JSONTextTests {
    @Test(
        arguments: [
            (1.0, 2, "1"), (1.256, 2, "1.26"), (-0.5, 1, "-0.5"), (0.1, 3, "0.1"), (.nan, 2, "null"),
            (.infinity, 2, "null"),
            (123_456.789, 1, "123456.8"), (-0.001, 1, "0"), (1e-9, 3, "0"),
        ] as [(Double, Int, String)])
    func numbersAreShort(value: Double, digits: Int, expected: String) {
        #expect(jsonNumber(value, digits: digits) == expected)
    }

    @Test func stringsAreEscaped() {
        #expect(jsonString("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\u000a\\u0001é\"")
    }
}
