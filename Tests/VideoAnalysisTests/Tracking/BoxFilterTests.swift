import Testing

@testable import VideoAnalysis

@Suite struct BoxFilterTests {
    private static let noise = BoxFilter.Noise()

    @Test(arguments: [2.0, 5, 10, 30, 120])
    func findsAConstantVelocityAtAnyFrameRate(frameRate: Double) {
        let walker = Walker(start: (100, 300), velocity: (60, -20))
        var filter = BoxFilter(walker.detection(at: 0).box, noise: Self.noise)
        for frame in 1...Int(frameRate * 6) {
            filter.predict(seconds: 1 / frameRate, noise: Self.noise)
            filter.correct(with: walker.detection(at: Double(frame) / frameRate).box, trust: 1, noise: Self.noise)
        }
        #expect(abs(filter.velocity.x - 60) < 3)
        #expect(abs(filter.velocity.y + 20) < 3)
        let truth = walker.detection(at: 6).box
        #expect(filter.box.overlap(with: truth) > 0.9)
    }

    @Test func anUnsureDetectionMovesTheBoxLess() {
        let start = person(0, 0, 40, 100).box
        let moved = person(20, 0, 60, 100).box
        var sure = BoxFilter(start, noise: Self.noise)
        var unsure = sure
        sure.predict(seconds: 0.1, noise: Self.noise)
        unsure.predict(seconds: 0.1, noise: Self.noise)
        sure.correct(with: moved, trust: 1, noise: Self.noise)
        unsure.correct(with: moved, trust: 0.3, noise: Self.noise)
        #expect(unsure.position.x < sure.position.x)
        #expect(unsure.position.x > 20)
    }

    @Test func aShrinkingBoxNeverTurnsInsideOut() {
        var filter = BoxFilter(person(0, 0, 40, 100).box, noise: Self.noise)
        filter.predict(seconds: 0.1, noise: Self.noise)
        filter.correct(with: person(18, 40, 22, 50).box, trust: 1, noise: Self.noise)
        for _ in 0..<1000 { filter.predict(seconds: 0.1, noise: Self.noise) }
        #expect(filter.box.width > 0 && filter.box.height > 0)
    }
}
