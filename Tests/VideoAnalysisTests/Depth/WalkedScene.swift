import Foundation

@testable import VideoAnalysis

/// People who walk about before a camera that is known, and the boxes that a detector might give of them.
///
/// Most walk, some stand; some sit or are hidden from the knees down, and some boxes are of nobody.
struct WalkedScene: Sendable {
    struct Person {
        var trackID: Int32
        /// Of a standing or walking person; of one who sits or is hidden from the knees down the ground is unknown.
        var isUpright: Bool
        /// Boxes with the true distance of the feet from the camera.
        var boxes: [(timestamp: Double, box: BoundingBox, metres: Double)] = []
    }

    var camera: PinholeScene
    var people: Int
    var seed: UInt64

    static let framesPerSecond = 2.0
    private static let seconds = 90.0
    private static let farthestMetres = 40.0

    /// Cameras of all kinds: 2.5 to 8 m high, tilted by 5 to 35 degrees, with a focal length of 0.7 to 1.3 of the
    /// frame's width, over ground that they see.
    static func scenes(_ count: Int) -> [WalkedScene] {
        var random = LinearRandom(seed: 7)
        return (0..<count).map { index in
            let height = 2.5 + 5.5 * random.next()
            let lowest = 5 + 2 * (height - 2.5)
            let camera = PinholeScene(
                focal: 1280 * (0.7 + 0.6 * random.next()), tiltDegrees: lowest + (35 - lowest) * random.next(),
                cameraHeight: height)
            return WalkedScene(camera: camera, people: 20 + Int(20 * random.next()), seed: UInt64(index) + 1)
        }
    }

    func walk() -> [Person] {
        var random = LinearRandom(seed: seed)
        var people: [Person] = []
        while people.count < self.people {
            let person = person(Int32(people.count + 1), &random)
            if person.boxes.count >= 4 { people.append(person) }
        }
        return people + (0..<self.people / 10).map { nobody(Int32(people.count + 1 + $0), &random) }
    }

    private func person(_ trackID: Int32, _ random: inout LinearRandom) -> Person {
        let kind = random.next()
        let (isSitting, isHidden, isStanding) = (kind < 0.05, kind >= 0.05 && kind < 0.1, kind >= 0.1 && kind < 0.25)
        let tall = isSitting ? 1.28 : 1.71 + 0.09 * random.normal()
        let speed = isSitting || isStanding ? 0 : max(1.34 + 0.22 * random.normal(), 0.5)
        let bias = 0.01 * random.normal()
        var heading = 2 * Double.pi * random.next()
        var ahead = 2 + (Self.farthestMetres - 2) * random.next()
        var side = (2 * random.next() - 1) * ahead * camera.width / 2 / camera.focal
        var person = Person(trackID: trackID, isUpright: !isSitting && !isHidden)
        let start = random.next() * Self.seconds
        for step in 0..<80 {
            let box = box(side: side, ahead: ahead, from: isHidden ? 0.5 : 0, to: tall * (1 + bias), &random)
            guard let box else { break }
            let metres = (side * side + ahead * ahead + camera.cameraHeight * camera.cameraHeight).squareRoot()
            person.boxes.append((start + Double(step) / Self.framesPerSecond, box, metres))
            heading += 0.15 * random.normal()
            ahead += speed / Self.framesPerSecond * cos(heading)
            side += speed / Self.framesPerSecond * sin(heading)
        }
        return person
    }

    /// Around a body half a metre wide, each edge off by 2.5 % of the height; nil when it is not whole in the frame.
    private func box(
        side: Double, ahead: Double, from: Double, to: Double, _ random: inout LinearRandom
    ) -> BoundingBox? {
        guard ahead > 1, ahead < Self.farthestMetres + 5 else { return nil }
        let foot = camera.pixel(side: side, ahead: ahead, above: from)
        let head = camera.pixel(side: side, ahead: ahead, above: to)
        let height = foot.y - head.y
        guard height > 18 else { return nil }
        let half = 0.25 * camera.focal / ahead
        let noise = (0..<4).map { _ in 0.025 * height * random.normal() }
        let box = BoundingBox(
            x1: Float(min(foot.x, head.x) - half + noise[0]), y1: Float(head.y + noise[1]),
            x2: Float(max(foot.x, head.x) + half + noise[2]), y2: Float(foot.y + noise[3]))
        let isInside = box.x1 > 3 && box.y1 > 3 && box.x2 < Float(camera.width) - 3 && box.y2 < Float(camera.height) - 3
        return isInside ? box : nil
    }

    private func nobody(_ trackID: Int32, _ random: inout LinearRandom) -> Person {
        var person = Person(trackID: trackID, isUpright: false)
        let height = 30 + 150 * random.next()
        let (x, y) = (100 + 1000 * random.next(), 10 + (500 - height) * random.next())
        for step in 0..<10 {
            let box = BoundingBox(
                x: Float(x + 3 * random.normal()), y: Float(y + 3 * random.normal()), width: Float(height / 2.5),
                height: Float(height))
            person.boxes.append((Double(step) / Self.framesPerSecond, box, .nan))
        }
        return person
    }

    /// What the ground's fit makes of the scene.
    struct Outcome {
        /// Nil when it finds no ground for metres.
        var plane: GroundPlane?
        /// Of the distances of upright people, as shares, sorted.
        var errors: [Double] = []
        /// The share of true distances between minimum and maximum.
        var covered = 0.0
        /// What the fit says one standard deviation of them is, as shares, sorted.
        var stated: [Double] = []
        var medianStated: Double { stated.isEmpty ? .nan : stated[stated.count / 2] }
        var medianError: Double { errors.isEmpty ? .nan : errors[errors.count / 2] }
    }

    func measure() -> Outcome {
        let people = walk()
        var samples = PeopleSamples(frameWidth: camera.width, frameHeight: camera.height)
        for person in people {
            for seen in person.boxes { samples.offer(seen.box, trackID: person.trackID, timestamp: seen.timestamp) }
        }
        let fit = GroundPlaneFit(frameWidth: camera.width, frameHeight: camera.height, samples: samples.samples)
        guard let plane = fit.solve() else { return Outcome() }
        var outcome = Outcome(plane: plane)
        var covered = 0
        for seen in people.filter(\.isUpright).flatMap(\.boxes) {
            let found = plane.distance(
                x: Double(seen.box.foot.x), y: Double(seen.box.foot.y),
                footDeviation: GroundPlane.footDeviation(height: Double(seen.box.height)))
            guard let found else { continue }
            outcome.errors.append(abs(found.metres - seen.metres) / seen.metres)
            outcome.stated.append(found.deviation)
            if found.minimum <= seen.metres, seen.metres <= found.maximum { covered += 1 }
        }
        outcome.covered = Double(covered) / Double(max(outcome.errors.count, 1))
        outcome.errors.sort()
        outcome.stated.sort()
        return outcome
    }
}
