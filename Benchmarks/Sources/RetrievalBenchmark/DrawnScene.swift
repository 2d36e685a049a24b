import Foundation

/// A background before which shapes move on, each with a surface of its own.
struct DrawnScene {
    private struct Shape {
        let surface: Raster
        let isRound: Bool
        let x: Double
        let y: Double
        let halfWidth: Double
        let halfHeight: Double
        let cosine: Double
        let sine: Double
        /// Pixels a second.
        let speed: (x: Double, y: Double)

        init(
            surface: Raster, isRound: Bool, x: Double, y: Double, halfWidth: Double, halfHeight: Double, angle: Double,
            speed: (x: Double, y: Double)
        ) {
            (self.surface, self.isRound, self.x, self.y) = (surface, isRound, x, y)
            (self.halfWidth, self.halfHeight, self.speed) = (halfWidth, halfHeight, speed)
            (cosine, sine) = (cos(angle), sin(angle))
        }

        func covers(_ column: Int, _ row: Int, second: Double) -> Bool {
            let (right, down) = (Double(column) - x - second * speed.x, Double(row) - y - second * speed.y)
            let across = (cosine * right + sine * down) / halfWidth
            let along = (cosine * down - sine * right) / halfHeight
            return isRound ? across * across + along * along < 1 : max(abs(across), abs(along)) < 1
        }
    }

    private let background: Raster
    private let shapes: [Shape]

    init(photographs: [Raster], using random: inout RandomSource) {
        background = Self.surface(photographs, using: &random)
        var shapes: [Shape] = []
        for _ in 0..<Int.random(in: 3...8, using: &random) {
            shapes.append(
                Shape(
                    surface: Self.surface(photographs, using: &random), isRound: Bool.random(using: &random),
                    x: random.uniform(0...Double(Raster.frameWidth)), y: random.uniform(0...Double(Raster.frameHeight)),
                    halfWidth: random.uniform(12...80), halfHeight: random.uniform(12...80),
                    angle: Bool.random(using: &random) ? 0 : random.uniform(0...Double.pi),
                    speed: (12 * random.normal(), 12 * random.normal())))
        }
        self.shapes = shapes
    }

    func picture(second: Int, using random: inout RandomSource) -> Raster {
        var picture = background
        for index in picture.pixels.indices {
            let (column, row) = (index % picture.width, index / picture.width)
            if let top = shapes.last(where: { $0.covers(column, row, second: Double(second)) }) {
                picture.pixels[index] = top.surface.pixels[index]
            }
            // A camera's noise.
            picture.pixels[index] += SIMD3(repeating: Float(random.uniform(-4...4)))
        }
        return picture
    }

    /// A ramp, stripes, noise of several scales or a piece of a photograph.
    private static func surface(_ photographs: [Raster], using random: inout RandomSource) -> Raster {
        let kind = Int.random(in: 0..<4, using: &random)
        if kind == 0, let photograph = photographs.randomElement(using: &random) {
            var pose = CameraPose.random(in: photograph, widths: 0.3...0.95, using: &random)
            pose.isMirrored = Bool.random(using: &random)
            return pose.picture(of: photograph)
        }
        let colors = [color(using: &random), color(using: &random)]
        if kind == 1 { return noise(around: colors[0], using: &random) }
        let angle = random.uniform(0...2 * .pi)
        let (cosine, sine) = (cos(angle), sin(angle))
        let frequency = random.uniform(0.05...0.5)
        let pixels = (0..<Raster.frameWidth * Raster.frameHeight).map { index in
            let along =
                cosine * Double(index % Raster.frameWidth) + sine * Double(index / Raster.frameWidth)
            let share = kind == 2 ? (sin(frequency * along) > 0 ? 1 : 0) : 0.5 + along / 2 / Double(Raster.frameWidth)
            return colors[0] + (colors[1] - colors[0]) * Float(share)
        }
        return Raster(pixels: pixels)
    }

    private static func color(using random: inout RandomSource) -> SIMD3<Float> {
        SIMD3(Float(random.uniform(0...255)), Float(random.uniform(0...255)), Float(random.uniform(0...255)))
    }

    private static func noise(around color: SIMD3<Float>, using random: inout RandomSource) -> Raster {
        let (width, height) = (Raster.frameWidth, Raster.frameHeight)
        var pixels = [SIMD3<Float>](repeating: color, count: width * height)
        let strength = Float(random.uniform(10...50))
        var scale = Double([4, 12, 40].randomElement(using: &random) ?? 4)
        while scale < Double(width) {
            let (columns, rows) = (Int(Double(width) / scale) + 2, Int(Double(height) / scale) + 2)
            let knots = (0..<columns * rows).map { (_: Int) -> SIMD3<Float> in
                let (blue, green, red) = (random.normal(), random.normal(), random.normal())
                return SIMD3(Float(blue), Float(green), Float(red)) * strength
            }
            let lattice = Raster(width: columns, height: rows, pixels: knots)
            for index in pixels.indices {
                let (column, row) = (Double(index % width), Double(index / width))
                pixels[index] += lattice.color(atX: column / scale + 0.5, y: row / scale + 0.5)
            }
            scale *= 2.5
        }
        return Raster(pixels: pixels)
    }
}
