import Foundation

/// Which part of a photograph a camera shows, and from which side.
struct CameraPose {
    /// Pixels of the photograph.
    var x: Double
    var y: Double
    var width: Double
    /// Radians.
    var roll: Double
    /// How much nearer the right and the lower edge are than the middle.
    var tilt: (across: Double, down: Double)
    var isMirrored: Bool

    var height: Double { width * Double(Raster.frameHeight) / Double(Raster.frameWidth) }

    /// Two pictures are distinct when they lie an eighth of their width or height apart, or one shows 15 % more:
    /// what is cut off to a tenth less of one is then no cut of the other.
    func isDistinct(from other: CameraPose) -> Bool {
        let smaller = min(width, other.width)
        let ratio = width / other.width
        return isMirrored != other.isMirrored || abs(x - other.x) >= 0.125 * smaller
            || abs(y - other.y) >= 0.125 * min(height, other.height) || ratio > 1.15 || ratio < 1 / 1.15
    }

    func isInside(_ photograph: Raster) -> Bool {
        x - width / 2 >= 0 && x + width / 2 <= Double(photograph.width)
            && y - height / 2 >= 0 && y + height / 2 <= Double(photograph.height)
    }

    func picture(of photograph: Raster) -> Raster {
        let (columns, rows) = (Raster.frameWidth, Raster.frameHeight)
        let samples = width > 1.2 * Double(columns) ? [0.25, 0.75] : [0.5]
        let (cosine, sine) = (cos(roll), sin(roll))
        let pixels = (0..<columns * rows).map { index in
            var sum = SIMD3<Float>.zero
            for downShare in samples {
                for acrossShare in samples {
                    let right = (Double(index % columns) + acrossShare) / Double(columns) - 0.5
                    let across = isMirrored ? -right : right
                    let down = (Double(index / columns) + downShare) / Double(rows) - 0.5
                    let depth = 1 + tilt.across * across + tilt.down * down
                    let (along, below) = (across * width / depth, down * height / depth)
                    sum += photograph.color(
                        atX: x + cosine * along - sine * below, y: y + sine * along + cosine * below)
                }
            }
            return sum / Float(samples.count * samples.count)
        }
        return Raster(pixels: pixels)
    }

    static func random(in photograph: Raster, widths: ClosedRange<Double>, using random: inout RandomSource) -> Self {
        let largest = Self.largestWidth(in: photograph)
        var pose = CameraPose(
            x: 0, y: 0, width: largest * random.uniform(widths), roll: random.uniform(-0.1...0.1),
            tilt: (random.uniform(-0.2...0.2), random.uniform(-0.2...0.2)), isMirrored: false)
        pose.x = random.uniform(pose.width / 2...max(pose.width / 2, Double(photograph.width) - pose.width / 2))
        pose.y = random.uniform(pose.height / 2...max(pose.height / 2, Double(photograph.height) - pose.height / 2))
        return pose
    }

    private static func largestWidth(in photograph: Raster) -> Double {
        min(
            Double(photograph.width),
            Double(photograph.height) * Double(Raster.frameWidth) / Double(Raster.frameHeight))
    }
}

extension CameraPose {
    /// Two passages over a photograph, the second over its mirror image, a picture a second: from one to the next the
    /// camera moves by an eighth to three tenths of what it shows, turns and zooms.
    static func passages(over photograph: Raster, length: Int, using random: inout RandomSource) -> [Self] {
        var poses: [CameraPose] = []
        for isMirrored in [false, true] {
            var pose = Self.random(in: photograph, widths: 0.45...0.75, using: &random)
            pose.isMirrored = isMirrored
            var heading = random.uniform(0...2 * .pi)
            var passage = [pose]
            for _ in 0..<200 where passage.count < length {
                let next = pose.moved(heading, in: photograph, using: &random)
                if next.isInside(photograph), (poses + passage).allSatisfy(next.isDistinct) {
                    passage.append(next)
                    pose = next
                    heading += 0.25 * random.normal()
                } else {
                    heading = random.uniform(0...2 * .pi)
                }
            }
            poses += passage
        }
        return poses
    }

    private func moved(_ heading: Double, in photograph: Raster, using random: inout RandomSource) -> Self {
        let largest = Self.largestWidth(in: photograph)
        let step = width * random.uniform(0.125...0.3)
        var next = self
        next.x += step * cos(heading)
        next.y += step * sin(heading)
        next.width = min(max(width * random.uniform(0.92...1.09), 0.4 * largest), 0.85 * largest)
        next.roll += 0.02 * random.normal()
        next.tilt = (tilt.across + 0.02 * random.normal(), tilt.down + 0.02 * random.normal())
        return next
    }
}
