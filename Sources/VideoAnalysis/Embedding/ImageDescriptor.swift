/// A 512-dimensional description of an image by hand-made features: two images of one scene lie close together,
/// whatever their size, compression and brightness.
///
/// The image is brought to 96 x 96 pixels; then come four parts, each a histogram or a coarse picture that is made
/// signed-square-root (Arandjelovic and Zisserman, 2012), L2-normalised and weighted, so that none drowns the others:
/// - 232: orientations of brightness gradients, 8 bins weighted by strength, on grids of 5 x 5 and 2 x 2 cells (a
///   spatial pyramid, Lazebnik et al., 2006; pixels count in the cells around them, so a small crop changes little);
/// - 100: brightness on a 10 x 10 grid, less its mean: the same when the picture is lighter or has more contrast;
/// - 72: two opponent colours as shares of the brightness, on a 6 x 6 grid;
/// - 108: hue by saturation, 12 x 3 bins for the whole picture and 6 x 3 for each quarter.
/// The whole is L2-normalised: the Euclidean distance grows with the angle between two descriptions.
package struct ImageDescriptor: Sendable {
    package static let dimensions = 512
    /// Names of the vectors in the rows; vectors of different models are never compared.
    package static let frameModel = "framelake-frame-1"
    package static let objectModel = "framelake-object-1"

    private static let side = 96
    private static let orientations = 8

    package init() {}

    package func embedding(of image: Image) throws(VideoAnalysisError) -> [Float] {
        let small = try image.resized(width: Self.side, height: Self.side)
        let pixels = Pixels(small)
        var embedding: [Float] = []
        embedding.reserveCapacity(Self.dimensions)
        append(gradients(pixels), weight: 0.40, to: &embedding)
        append(brightness(pixels), weight: 0.25, to: &embedding)
        append(colors(pixels), weight: 0.15, to: &embedding)
        append(hues(pixels), weight: 0.20, to: &embedding)
        let length = embedding.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return embedding.map { $0 / length }
    }

    /// Three planes of 96 x 96: brightness 0 to 255, and two opponent colours.
    private struct Pixels {
        var brightness = [Float](repeating: 0, count: side * side)
        var redness = [Float](repeating: 0, count: side * side)
        var blueness = [Float](repeating: 0, count: side * side)

        init(_ image: Image) {
            let isColor = image.format == .bgr8
            image.withBytes { pixels, stride in
                for y in 0..<side {
                    for x in 0..<side {
                        let offset = y * stride + x * (isColor ? 3 : 1)
                        let blue = Float(pixels[offset])
                        let green = isColor ? Float(pixels[offset + 1]) : blue
                        let red = isColor ? Float(pixels[offset + 2]) : blue
                        let index = y * side + x
                        let light = 0.114 * blue + 0.587 * green + 0.299 * red
                        brightness[index] = light
                        redness[index] = (red - green) / (light + 16)
                        blueness[index] = (blue - (red + green) / 2) / (light + 16)
                    }
                }
            }
        }
    }

    private func append(_ part: [Float], weight: Float, to embedding: inout [Float]) {
        let rooted = part.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() }
        let length = rooted.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let scale = length > 1e-6 ? weight.squareRoot() / length : 0
        embedding.append(contentsOf: rooted.map { $0 * scale })
    }

    private func gradients(_ pixels: Pixels) -> [Float] {
        let fine = SoftGrid(cells: 5, side: Self.side)
        let coarse = SoftGrid(cells: 2, side: Self.side)
        let bins = Self.orientations
        var fineSums = [Float](repeating: 0, count: 25 * bins)
        var coarseSums = [Float](repeating: 0, count: 4 * bins)
        for y in 1..<Self.side - 1 {
            for x in 1..<Self.side - 1 {
                let index = y * Self.side + x
                let dx = pixels.brightness[index + 1] - pixels.brightness[index - 1]
                let dy = pixels.brightness[index + Self.side] - pixels.brightness[index - Self.side]
                let strength = (dx * dx + dy * dy).squareRoot()
                guard strength > 2 else { continue }
                let bin = Self.orientation(dx, dy)
                fine.add(strength, x: x, y: y, channel: bin, channels: bins, to: &fineSums)
                coarse.add(strength, x: x, y: y, channel: bin, channels: bins, to: &coarseSums)
            }
        }
        return fineSums + coarseSums
    }

    /// Which eighth of the circle a gradient points to, without trigonometry: the same on every machine.
    private static func orientation(_ dx: Float, _ dy: Float) -> Int {
        let isSteep = abs(dy) > abs(dx)
        switch (dx >= 0, dy >= 0) {
        case (true, true): return isSteep ? 1 : 0
        case (false, true): return isSteep ? 2 : 3
        case (false, false): return isSteep ? 5 : 4
        case (true, false): return isSteep ? 6 : 7
        }
    }

    /// Which twelfth of the colour circle the opponent colours point to, in order of the angle.
    private static func hue(_ red: Float, _ blue: Float) -> Int {
        let (quadrant, along, across): (Int, Float, Float) =
            switch (red >= 0, blue >= 0) {
            case (true, true): (0, red, blue)
            case (false, true): (1, blue, -red)
            case (false, false): (2, -red, -blue)
            case (true, false): (3, -blue, red)
            }
        return quadrant * 3 + (across < along * 0.577 ? 0 : across < along * 1.732 ? 1 : 2)
    }

    private func brightness(_ pixels: Pixels) -> [Float] {
        let grid = means(of: pixels.brightness, cells: 10)
        let mean = grid.reduce(0, +) / Float(grid.count)
        return grid.map { $0 - mean }
    }

    private func colors(_ pixels: Pixels) -> [Float] {
        means(of: pixels.redness, cells: 6) + means(of: pixels.blueness, cells: 6)
    }

    private func means(of plane: [Float], cells: Int) -> [Float] {
        let grid = SoftGrid(cells: cells, side: Self.side)
        var sums = [Float](repeating: 0, count: cells * cells)
        var weights = sums
        for y in 0..<Self.side {
            for x in 0..<Self.side {
                grid.add(plane[y * Self.side + x], x: x, y: y, channel: 0, channels: 1, to: &sums)
                grid.add(1, x: x, y: y, channel: 0, channels: 1, to: &weights)
            }
        }
        return zip(sums, weights).map { $0 / $1 }
    }

    private func hues(_ pixels: Pixels) -> [Float] {
        var whole = [Float](repeating: 0, count: 36)
        var quarters = [Float](repeating: 0, count: 72)
        let half = Self.side / 2
        for y in 0..<Self.side {
            for x in 0..<Self.side {
                let index = y * Self.side + x
                let (red, blue) = (pixels.redness[index], pixels.blueness[index])
                let saturation = (red * red + blue * blue).squareRoot()
                let level = saturation < 0.08 ? 0 : saturation < 0.3 ? 1 : 2
                let hue = Self.hue(red, blue)
                whole[level * 12 + hue] += 1
                let quarter = (y < half ? 0 : 2) + (x < half ? 0 : 1)
                quarters[quarter * 18 + level * 6 + hue / 2] += 1
            }
        }
        return whole + quarters
    }
}

/// A square grid of cells over a square picture, where a pixel counts in the four cells whose centres surround it.
private struct SoftGrid {
    private let cells: Int
    private let lower: [Int]
    private let upperShare: [Float]

    init(cells: Int, side: Int) {
        self.cells = cells
        let positions = (0..<side).map { pixel in
            min(max((Float(pixel) + 0.5) * Float(cells) / Float(side) - 0.5, 0), Float(cells - 1))
        }
        lower = positions.map { min(Int($0), max(cells - 2, 0)) }
        upperShare = zip(positions, lower).map { $0 - Float($1) }
    }

    func add(_ value: Float, x: Int, y: Int, channel: Int, channels: Int, to sums: inout [Float]) {
        let (shareX, shareY) = (upperShare[x], upperShare[y])
        let base = (lower[y] * cells + lower[x]) * channels + channel
        sums[base] += value * (1 - shareX) * (1 - shareY)
        sums[base + channels] += value * shareX * (1 - shareY)
        sums[base + cells * channels] += value * (1 - shareX) * shareY
        sums[base + (cells + 1) * channels] += value * shareX * shareY
    }
}
