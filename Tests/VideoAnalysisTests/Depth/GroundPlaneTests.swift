import Foundation
import Testing

@testable import VideoAnalysis

/// A drawn scene: people on level ground before a camera that is known.
struct PinholeScene: Sendable, CustomTestStringConvertible {
    var width = 1280.0
    var height = 720.0
    var focal: Double
    var tiltDegrees: Double
    var cameraHeight: Double

    var testDescription: String { "f \(focal), tilt \(tiltDegrees), height \(cameraHeight)" }

    /// The pixel at which a point `side` metres right of the camera, `ahead` metres away along the ground and `above`
    /// metres over it appears.
    func pixel(side: Double, ahead: Double, above: Double) -> (x: Double, y: Double) {
        let tilt = tiltDegrees * .pi / 180
        let down = cameraHeight - above
        let depth = ahead * cos(tilt) + down * sin(tilt)
        let below = down * cos(tilt) - ahead * sin(tilt)
        return (width / 2 + focal * side / depth, height / 2 + focal * below / depth)
    }

    /// People of 1.58 to 1.82 m who walk through, with boxes that are off by a few percent, and a few that are no
    /// people at all.
    func samples(people: Int = 12, outliers: Int = 0) -> [GroundPlaneFit.Sample] {
        var random = LinearRandom()
        var samples: [GroundPlaneFit.Sample] = []
        for person in 0..<people {
            let tall = 1.58 + 0.24 * random.next()
            var (side, ahead) = (random.next() * 8 - 4, cameraHeight + 4 + random.next() * 18)
            let (right, away) = (random.next() - 0.5, random.next() - 0.5)
            for _ in 0..<20 {
                side += right
                ahead = max(cameraHeight * 0.9 + 3, ahead + away)
                let foot = pixel(side: side, ahead: ahead, above: 0)
                let head = pixel(side: side, ahead: ahead, above: tall)
                let noise = (foot.y - head.y) * 0.04
                guard foot.y < height - 3, head.y > 3 else { continue }
                samples.append(
                    .init(
                        trackID: Int32(person), footY: foot.y + (random.next() - 0.5) * noise,
                        headY: head.y + (random.next() - 0.5) * noise))
            }
        }
        for index in 0..<outliers {
            let foot = 200 + random.next() * 500
            samples.append(.init(trackID: Int32(1000 + index), footY: foot, headY: foot - 20 - random.next() * 150))
        }
        return samples
    }
}

/// The same numbers in each run.
struct LinearRandom {
    private var state: UInt64 = 42

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
}

@Suite struct GroundPlaneTests {
    static let scenes = [
        PinholeScene(focal: 1280, tiltDegrees: 10, cameraHeight: 3),
        PinholeScene(focal: 1200, tiltDegrees: 20, cameraHeight: 6),
        PinholeScene(focal: 1350, tiltDegrees: 5, cameraHeight: 1.6),
        PinholeScene(focal: 1250, tiltDegrees: 35, cameraHeight: 9),
    ]

    /// Relative errors of the distances of people all over the scene.
    private func errors(_ plane: GroundPlane, _ scene: PinholeScene) -> [Double] {
        var errors: [Double] = []
        for ahead in stride(from: scene.cameraHeight + 4, through: 25, by: 1) {
            for side in [-3.0, 0, 3] {
                let foot = scene.pixel(side: side, ahead: ahead, above: 0)
                guard foot.y < scene.height - 2, let found = plane.distance(x: foot.x, y: foot.y, footDeviation: 1)
                else { continue }
                let truth = (side * side + ahead * ahead + scene.cameraHeight * scene.cameraHeight).squareRoot()
                errors.append(abs(found.metres - truth) / truth)
            }
        }
        return errors.sorted()
    }

    @Test(arguments: scenes, [0, 30])
    func distancesInDrawnScenesAreRight(scene: PinholeScene, outliers: Int) throws {
        let samples = scene.samples(outliers: outliers)
        let plane = try #require(
            GroundPlaneFit(frameWidth: scene.width, frameHeight: scene.height, samples: samples).solve())
        let errors = errors(plane, scene)
        #expect(errors.count >= 10)
        #expect(errors[errors.count / 2] < (outliers == 0 ? 0.10 : 0.15))
    }

    @Test(arguments: [0.7, 1.5])
    func uncertaintyCoversAnUnusualLens(factor: Double) throws {
        let scene = PinholeScene(focal: 1280 * factor, tiltDegrees: 15, cameraHeight: 4)
        let plane = try #require(
            GroundPlaneFit(frameWidth: scene.width, frameHeight: scene.height, samples: scene.samples()).solve())
        let foot = scene.pixel(side: 0, ahead: 12, above: 0)
        let found = try #require(plane.distance(x: foot.x, y: foot.y, footDeviation: 1))
        let truth = (144 + scene.cameraHeight * scene.cameraHeight).squareRoot()
        #expect(abs(found.metres - truth) < 2 * found.standardDeviation)
    }

    @Test func withoutPeopleThereIsNoGround() {
        #expect(GroundPlaneFit(frameWidth: 1280, frameHeight: 720, samples: []).solve() == nil)
    }

    @Test func peopleWhoAreAllAtOneSpotTellNothing() {
        let spot = (0..<60).map { GroundPlaneFit.Sample(trackID: Int32($0 % 3), footY: 400, headY: 300) }
        #expect(GroundPlaneFit(frameWidth: 1280, frameHeight: 720, samples: spot).solve() == nil)
    }

    @Test func boxesOfAnySizeAnywhereTellNothing() {
        var random = LinearRandom()
        let noise = (0..<200).map { index in
            let foot = 100 + random.next() * 600
            return GroundPlaneFit.Sample(trackID: Int32(index), footY: foot, headY: foot - 10 - random.next() * 300)
        }
        #expect(GroundPlaneFit(frameWidth: 1280, frameHeight: 720, samples: noise).solve() == nil)
    }

    @Test func nothingIsSaidAboveTheHorizon() throws {
        let scene = Self.scenes[0]
        let plane = try #require(
            GroundPlaneFit(frameWidth: scene.width, frameHeight: scene.height, samples: scene.samples()).solve())
        #expect(plane.distance(x: 640, y: 10, footDeviation: 1) == nil)
        #expect(plane.distance(x: 640, y: 700, footDeviation: 1) != nil)
    }

    @Test func depthMapHoldsTheDistancesInCentimetres() throws {
        let scene = Self.scenes[0]
        let plane = try #require(
            GroundPlaneFit(frameWidth: scene.width, frameHeight: scene.height, samples: scene.samples()).solve())
        let map = try #require(try plane.depthMap())
        let image = try Image(decoding: map.png)
        #expect(image.format == .gray16)
        #expect(image.size == [96, 54])
        let column = image.withBytes { pixels, stride in
            (0..<54).map { pixels.loadUnaligned(fromByteOffset: $0 * stride + 48 * 2, as: UInt16.self) }
        }
        #expect(column.first == 0)
        let ground = column.filter { $0 > 0 }
        #expect(ground == ground.sorted(by: >))
        let lowest = try #require(plane.distance(x: 48.5 / 96 * 1280, y: 53.5 / 54 * 720, footDeviation: 0))
        #expect(abs(Double(column[53]) / 100 - lowest.metres) < 0.01)
        #expect(map.minimum <= map.average && map.average <= map.maximum)
    }
}
