/// What ``ImageDescriptor`` sees at each pixel of a picture of 64 x 64 pixels, as planes of values from 0.
struct DescriptorChannels {
    static let side = 64

    /// Planes of gradients, of light and of hues.
    let parts: [[[Float]]]

    init(_ image: Image) {
        let pixels = Pixels(image)
        parts = [Self.gradients(pixels.brightness), Self.light(pixels.brightness), Self.hues(pixels)]
    }

    /// Brightness 0 to 255, and two opponent colours as shares of it.
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

    /// The cosines and sines of the 8 orientations.
    private static let orientations: [(Float, Float)] = {
        let half = Float(0.5).squareRoot()
        return [(1, 0), (half, half), (0, 1), (-half, half), (-1, 0), (-half, -half), (0, -1), (half, -half)]
    }()

    private static func gradients(_ brightness: [Float]) -> [[Float]] {
        let smooth = boxed(brightness, radius: 1)
        var dx = [Float](repeating: 0, count: side * side)
        var dy = dx
        var strength = dx
        for y in 1..<side - 1 {
            for x in 1..<side - 1 {
                let index = y * side + x
                dx[index] = smooth[index + 1] - smooth[index - 1]
                dy[index] = smooth[index + side] - smooth[index - side]
                strength[index] = (dx[index] * dx[index] + dy[index] * dy[index]).squareRoot()
            }
        }
        let around = boxed(strength, radius: side / 8)
        return orientations.map { cosine, sine in
            (0..<side * side).map { index in
                // A level that noise stays below.
                sharpened((cosine * dx[index] + sine * dy[index]) / (around[index] + 4))
            }
        }
    }

    private static func light(_ brightness: [Float]) -> [[Float]] {
        let count = Float(brightness.count)
        let mean = brightness.reduce(0, +) / count
        let variance = brightness.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let scale = 1 / (variance.squareRoot() + 4)
        return [brightness.map { max(($0 - mean) * scale, 0) }, brightness.map { max((mean - $0) * scale, 0) }]
    }

    private static func hues(_ pixels: Pixels) -> [[Float]] {
        let sine = Float(0.75).squareRoot()
        let sixths: [(Float, Float)] = [(1, 0), (0.5, sine), (-0.5, sine), (-1, 0), (-0.5, -sine), (0.5, -sine)]
        return sixths.map { along, across in
            zip(pixels.redness, pixels.blueness).map { sharpened(along * $0 + across * $1) }
        }
    }

    /// To the power of 1.5, so that a direction counts more in its own channel than in the neighbours; 0 below 0.
    private static func sharpened(_ value: Float) -> Float {
        value > 0 ? value * value.squareRoot() : 0
    }

    /// The mean over squares, which are cut off at the edges.
    private static func boxed(_ plane: [Float], radius: Int) -> [Float] {
        averaged(averaged(plane, radius: radius, step: 1, line: side), radius: radius, step: side, line: 1)
    }

    /// The mean along lines of pixels that are `step` apart; lines begin `line` apart.
    private static func averaged(_ plane: [Float], radius: Int, step: Int, line: Int) -> [Float] {
        var result = plane
        for start in 0..<side {
            var sum: Float = 0
            for position in 0..<min(radius, side) { sum += plane[start * line + position * step] }
            for position in 0..<side {
                if position + radius < side { sum += plane[start * line + (position + radius) * step] }
                if position > radius { sum -= plane[start * line + (position - radius - 1) * step] }
                let count = min(position + radius, side - 1) - max(position - radius, 0) + 1
                result[start * line + position * step] = max(sum, 0) / Float(count)
            }
        }
        return result
    }
}
