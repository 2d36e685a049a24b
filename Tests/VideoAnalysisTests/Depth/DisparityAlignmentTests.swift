import Foundation
import Testing

@testable import VideoAnalysis

@Suite struct DisparityAlignmentTests {
    private func plane() throws -> GroundPlane {
        let camera = PinholeScene(focal: 1280, tiltDegrees: 10, cameraHeight: 3)
        return try #require(WalkedScene(camera: camera, people: 20, seed: 3).measure().plane)
    }

    /// People from 5 to 25 m, and numbers of a network that knows their inverse depth but for `scale`, `shift` and
    /// `noise`; every tenth number is anything.
    private func anchors(_ plane: GroundPlane, scale: Double, shift: Double, noise: Double) throws
        -> [DisparityAlignment.Anchor]
    {
        var random = LinearRandom(seed: 9)
        var anchors: [DisparityAlignment.Anchor] = []
        for index in 0..<200 {
            let (x, y) = (200 + 880 * random.next(), 280 + 400 * random.next())
            guard let found = plane.distance(x: x, y: y, footDeviation: 0) else { continue }
            let depth = found.metres / plane.rayLength(x: x, y: y) * (1 + noise * random.normal())
            let disparity = index % 10 == 0 ? 900 * random.next() : (1 / depth - shift) / scale
            anchors.append(.init(footX: x, footY: y, footDeviation: 1, disparity: disparity))
        }
        return anchors
    }

    @Test(arguments: [(0.0004, 0.0), (0.001, 0.02), (0.0002, -0.01)])
    func scaleAndShiftAreFound(scale: Double, shift: Double) throws {
        let plane = try plane()
        let anchors = try anchors(plane, scale: scale, shift: shift, noise: 0.05)
        let alignment = try #require(DisparityAlignment(anchors, on: plane))
        #expect(abs(alignment.scale / scale - 1) < 0.05)
        for depth in [6.0, 12, 20] {
            let metres = try #require(alignment.metres(disparity: (1 / depth - shift) / scale, x: 640, y: 360))
            #expect(abs(metres - depth) < 0.05 * depth)
        }
        #expect(alignment.metres(disparity: -shift / scale - 1, x: 640, y: 360) == nil)
    }

    @Test func numbersThatDoNotFollowTheDistancesGiveNoMetres() throws {
        let plane = try plane()
        let anchors = try anchors(plane, scale: 0.0004, shift: 0, noise: 0.05)
        var random = LinearRandom(seed: 2)
        let anything = anchors.map { anchor in
            var other = anchor
            other.disparity = 500 * random.next()
            return other
        }
        let reversed = anchors.map { anchor in
            var other = anchor
            other.disparity = -anchor.disparity
            return other
        }
        #expect(DisparityAlignment(anything, on: plane) == nil)
        #expect(DisparityAlignment(reversed, on: plane) == nil)
        #expect(DisparityAlignment(Array(anchors.prefix(10)), on: plane) == nil)
    }
}

@Suite struct DepthRasterTests {
    /// A person of depth 5 in a box whose corners show a wall at 20, before a pole at 2.
    private func raster() -> DepthRaster {
        let values = (0..<100 * 100).map { index -> Float in
            let (x, y) = (index % 100, index / 100)
            if x == 42 { return 2 }
            return (40..<60).contains(x) && (20..<80).contains(y) ? 5 + Float(y % 2) * 0.1 : 20
        }
        return DepthRaster(width: 100, height: 100, frameWidth: 200, frameHeight: 200, values: values)
    }

    @Test func anObjectsNumbersLeaveOutWhatElseItsBoxShows() throws {
        let box = BoundingBox(x1: 70, y1: 30, x2: 130, y2: 170)
        let found = try #require(raster().statistics(in: box, span: 15))
        #expect(abs(found.average - 5.05) < 0.01)
        #expect(found.lower >= 5 && found.upper <= 5.2)
        #expect(found.variance < 0.01)
        #expect(abs(found.share - 19 * 60 / (30.0 * 70)) < 0.02)
    }

    @Test(arguments: [
        BoundingBox(x1: 100, y1: 100, x2: 100.2, y2: 100.2), BoundingBox(x1: -50, y1: -50, x2: -10, y2: -10),
        BoundingBox(x1: 500, y1: 500, x2: 600, y2: 600),
    ])
    func aBoxOfNoPixelTakesTheNearest(box: BoundingBox) throws {
        let found = try #require(raster().statistics(in: box, span: 15))
        #expect(found.variance == 0)
    }

    @Test func numbersThatAreNoneAreLeftOut() throws {
        let unknown = DepthRaster(
            width: 2, height: 2, frameWidth: 2, frameHeight: 2, values: [3, .nan, 3, .infinity])
        #expect(unknown.percentile(1) == 3)
        let whole = BoundingBox(x1: 0, y1: 0, x2: 2, y2: 2)
        let found = try #require(unknown.statistics(in: whole, span: 1))
        #expect(found.average == 3)
        #expect(unknown.reduced(columns: 1, rows: 1) == [3])
        let nothing = DepthRaster(width: 1, height: 1, frameWidth: 1, frameHeight: 1, values: [.nan])
        #expect(nothing.percentile(0.5) == nil)
        #expect(nothing.statistics(in: whole, span: 1) == nil)
        #expect(nothing.reduced(columns: 1, rows: 1).allSatisfy { $0.isNaN })
    }
}
