import Testing

@testable import VideoAnalysis

@Suite struct PersonEvidenceTests {
    @Test func eachKindOfEvidenceCounts() {
        let plain = PersonEvidence(score: 0.5, coverage: nil, heightMiss: nil).confidence
        #expect(PersonEvidence(score: 1, coverage: nil, heightMiss: nil).confidence > plain)
        #expect(PersonEvidence(score: 0.5, coverage: 0.7, heightMiss: nil).confidence > plain)
        #expect(PersonEvidence(score: 0.5, coverage: 0, heightMiss: nil).confidence < plain)
        #expect(PersonEvidence(score: 0.5, coverage: nil, heightMiss: 2).confidence < plain)
    }

    @Test(arguments: [-1e9, -3, 0, 3, 1e9] as [Float])
    func confidenceIsAFraction(score: Float) {
        let confidence = PersonEvidence(score: score, coverage: 1, heightMiss: 100).confidence
        #expect((0...1).contains(confidence))
    }
}

@Suite struct HeightPriorTests {
    @Test func learnsTheLineThatPeopleKeepTo() throws {
        var prior = HeightPrior()
        for step in 0..<200 {
            let foot = Float(200 + step)
            let height = foot * 0.5 - 40
            prior.learn(BoundingBox(x1: 0, y1: foot - height, x2: 30, y2: foot))
        }
        let line = try #require(prior.line)
        #expect(abs(line.height(atFoot: 250) - 85) < 8)
        #expect(abs(line.height(atFoot: 380) - 150) < 8)
        #expect(abs(line.miss(of: BoundingBox(x1: 0, y1: 150, x2: 30, y2: 300))) > 2)
    }

    @Test func saysNothingWhileItKnowsLittleOrPeopleKeepToNoLine() {
        var prior = HeightPrior()
        #expect(prior.line == nil)
        for step in 0..<200 {
            let height: Float = step.isMultiple(of: 2) ? 40 : 200
            prior.learn(BoundingBox(x1: 0, y1: 300 - height, x2: 30, y2: 300))
        }
        #expect(prior.line == nil)
    }
}

@Suite struct WindowFusionTests {
    @Test func windowsAroundOnePersonBecomeTheirWeightedMean() {
        func window(_ x: Float, _ score: Float) -> PeopleClassifier.Window {
            .init(box: BoundingBox(x1: x, y1: 0, x2: x + 40, y2: 100), score: score)
        }
        let fused = WindowFusion.fuse([window(0, 0.5), window(8, 1), window(200, 0.2)], overlap: 0.45)
        #expect(fused.map(\.score) == [1, 0.2])
        #expect(fused[0].box.x1 > 4 && fused[0].box.x1 < 8)
        #expect(fused[1].box.x1 == 200)
        #expect(WindowFusion.fuse([], overlap: 0.45).isEmpty)
    }
}
