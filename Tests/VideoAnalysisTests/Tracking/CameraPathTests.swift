import Foundation
import Testing

@testable import VideoAnalysis

/// People seen by a camera that somebody carries, and by one that stands still.
@Suite struct CameraPathTests {
    private static let people = [
        Walker(start: (100, 300), velocity: (8, 0)), Walker(start: (300, 330), velocity: (-6, 1)),
        Walker(start: (450, 310), velocity: (0, 0)), Walker(start: (600, 360), velocity: (5, -1)),
        Walker(start: (800, 320), velocity: (-7, 0)),
    ]
    private static let frameRate = 15.0

    /// Where the carried camera has moved the scene to.
    private static func shake(_ seconds: Double) -> (x: Double, y: Double) {
        (80 * sin(2 * .pi * 0.5 * seconds) + 12 * sin(2 * .pi * 1.3 * seconds), 20 * sin(2 * .pi * 1.1 * seconds))
    }

    /// People as a detector sees them: not quite in place, and now and then not at all.
    private static func detections(seed: UInt64, _ camera: (Double) -> (x: Double, y: Double)) -> [[Detection]] {
        var numbers = SeededNumbers(seed: seed)
        return (0..<180).map { frame in
            let seconds = Double(frame) / frameRate
            let (x, y) = camera(seconds)
            return people.compactMap { walker in
                guard Double.random(in: 0..<1, using: &numbers) > 0.1 else { return nil }
                var detection = walker.detection(at: seconds)
                let noise = SIMD2(
                    Double.random(in: -2...2, using: &numbers), Double.random(in: -3...3, using: &numbers))
                detection.box = detection.box.moved(by: SIMD2(x, y) + noise)
                return detection
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func peopleKeepTheirIDsAndPlacesWhenTheCameraShakes(seed: UInt64) {
        let (final, camera) = followed(Self.detections(seed: seed, Self.shake), frameRate: Self.frameRate)
        #expect(camera.last != .zero)
        // Once the camera is known to move: the boxes lie where the people are in the picture, with the scene's ids.
        var misses: [Double] = []
        var ids = [[Int: Int]](repeating: [:], count: Self.people.count)
        for frame in final where frame.timestamp > 4 {
            let (x, y) = Self.shake(frame.timestamp)
            for (index, walker) in Self.people.enumerated() {
                let truth = walker.detection(at: frame.timestamp).box.moved(by: SIMD2(x, y)).foot
                let away = frame.objects.map { object -> (Double, Int?) in
                    let foot = object.detection.box.foot
                    return (hypot(Double(foot.x - truth.x), Double(foot.y - truth.y)), object.trackID)
                }
                guard let nearest = away.min(by: { $0.0 < $1.0 }) else { continue }
                misses.append(nearest.0)
                if nearest.0 < 8, let id = nearest.1 { ids[index][id, default: 0] += 1 }
            }
        }
        let main = ids.compactMap { seen in seen.max { $0.value < $1.value } }
        #expect(Set(main.map(\.key)).count == Self.people.count)
        // One may have been lost before the camera was known to move.
        #expect(main.count { $0.value > 90 } >= Self.people.count - 1)
        #expect(misses.count { $0 < 8 } > misses.count * 9 / 10)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aStillCameraStaysWhereItIs(seed: UInt64) {
        let (_, camera) = followed(Self.detections(seed: seed) { _ in (0, 0) }, frameRate: Self.frameRate)
        #expect(camera.allSatisfy { $0 == .zero })
    }

    @Test func predictionsAreInThePicture() {
        var tracker = ObjectTracker()
        let frames = Self.detections(seed: 1, Self.shake)
        var misses: [Double] = []
        for (number, detections) in frames.enumerated() {
            let seconds = Double(number) / Self.frameRate
            _ = tracker.update(detections, timestamp: seconds)
            guard seconds > 4 else { continue }
            for detection in detections {
                let nearest =
                    tracker.predictions.map { Double(abs($0.foot.x - detection.box.foot.x)) }.min() ?? .infinity
                misses.append(nearest)
            }
        }
        #expect(misses.sorted()[misses.count / 2] < 5)
    }

    @Test func aThousandBoxesOnAMovingCameraAreTakenIn() {
        var path = CameraPath()
        for _ in 0..<20 { path.judge(misses: [SIMD2(0.1, 0), SIMD2(0.11, 0), SIMD2(0.1, 0.01)], elapsed: 0.1) }
        let boxes = (0..<1000).map { SIMD4(Double($0 % 40) * 90, Double($0 / 40) * 90, 40, 100) }
        path.advance(to: boxes)
        path.advance(to: boxes.map { $0 + SIMD4(3, 4, 0, 0) })
        #expect(abs(path.position.x - 3) < 0.1 && abs(path.position.y - 4) < 0.1)
    }

    @Test func twoPeopleWhoWalkTogetherAreNoCamera() {
        var path = CameraPath()
        for _ in 0..<100 { path.judge(misses: [SIMD2(0.2, 0), SIMD2(0.2, 0)], elapsed: 0.1) }
        path.advance(to: [SIMD4(0, 0, 40, 100), SIMD4(90, 0, 40, 100)])
        path.advance(to: [SIMD4(5, 0, 40, 100), SIMD4(95, 0, 40, 100)])
        #expect(path.position == .zero)
    }
}
