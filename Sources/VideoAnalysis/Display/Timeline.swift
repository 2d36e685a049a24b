/// How many objects of each class were there over time, as numbers and as a chart.
struct Timeline {
    private static let mostBins = 240
    private static let width = 640
    private static let height = 260
    private static let textSize = 10.0

    private struct Bin {
        var frames = 0
        var sums: [String: Int] = [:]
        var maxima: [String: Int] = [:]

        mutating func add(_ other: Bin) {
            frames += other.frames
            sums.merge(other.sums, uniquingKeysWith: +)
            maxima.merge(other.maxima, uniquingKeysWith: max)
        }
    }

    private var secondsPerBin = 1.0
    private var bins: [Bin] = []

    mutating func append(_ objects: [TrackedObject], timestamp: Double) {
        var index = Int(max(timestamp, 0) / secondsPerBin)
        while index >= Self.mostBins {
            halve()
            index = Int(max(timestamp, 0) / secondsPerBin)
        }
        while bins.count <= index { bins.append(Bin()) }
        var counts: [String: Int] = [:]
        for object in objects { counts[object.detection.className, default: 0] += 1 }
        bins[index].add(Bin(frames: 1, sums: counts, maxima: counts))
    }

    private mutating func halve() {
        secondsPerBin *= 2
        bins = stride(from: 0, to: bins.count, by: 2).map { index in
            var bin = bins[index]
            if index + 1 < bins.count { bin.add(bins[index + 1]) }
            return bin
        }
    }

    private var classNames: [String] { Set(bins.flatMap(\.sums.keys)).sorted() }

    private func means(_ name: String) -> [Double] {
        bins.map { $0.frames == 0 ? 0 : Double($0.sums[name] ?? 0) / Double($0.frames) }
    }

    func row(geometry: DisplayGeometry) throws(VideoAnalysisError) -> DisplayRow {
        let classes = classNames.map { name in
            let mean = means(name).map { jsonNumber($0, digits: 2) }.joined(separator: ",")
            let maximum = bins.map { String($0.maxima[name] ?? 0) }.joined(separator: ",")
            return #"\#(jsonString(name)):{"maximum":[\#(maximum)],"mean":[\#(mean)]}"#
        }
        let frames = bins.map { String($0.frames) }.joined(separator: ",")
        let overlay =
            #"{"classes":{\#(classes.joined(separator: ","))},"frames":[\#(frames)],"#
            + #""seconds_per_bin":\#(jsonNumber(secondsPerBin, digits: 0))}"#
        return geometry.row(
            .timeline, size: (Self.width, Self.height), overlay: overlay, image: try chart(), mediaType: "image/png")
    }

    private func chart() throws(VideoAnalysisError) -> [UInt8] {
        let plot = BoundingBox(x1: 46, y1: 40, x2: Float(Self.width) - 16, y2: Float(Self.height) - 34)
        let names = classNames
        let highest = max(1, names.flatMap(means).max() ?? 0)
        let step = Self.roundStep(highest / 4)
        let top = (highest / step).rounded(.up) * step
        let seconds = max(secondsPerBin, secondsPerBin * Double(bins.count))
        let gray = Color(red: 110, green: 110, blue: 110)
        let pale = Color(red: 222, green: 222, blue: 222)
        let image = try Image.filled(width: Self.width, height: Self.height, color: .white)
        return try image.drawing { canvas throws(VideoAnalysisError) in
            func y(_ value: Double) -> Float { plot.y2 - Float(value / top) * plot.height }
            func x(_ second: Double) -> Float { plot.x1 + Float(second / seconds) * plot.width }
            for index in 0...Int((top / step).rounded()) {
                let value = Double(index) * step
                try canvas.line(from: (plot.x1, y(value)), to: (plot.x2, y(value)), color: pale)
                let text = jsonNumber(value, digits: 1)
                try canvas.text(
                    text, x: plot.x1 - 6 - Canvas.width(of: text, size: Self.textSize), baseline: y(value) + 5,
                    size: Self.textSize,
                    color: gray)
            }
            let tick = max(1, Self.roundStep(seconds / 8))
            for index in 0...Int(seconds / tick) {
                let second = Double(index) * tick
                try canvas.line(from: (x(second), plot.y2), to: (x(second), plot.y2 + 4), color: gray)
                let text = "\(jsonNumber(second, digits: 0)) s"
                let width = Canvas.width(of: text, size: Self.textSize)
                let left = min(x(second) - width / 2, Float(Self.width) - 4 - width)
                try canvas.text(text, x: left, baseline: plot.y2 + 21, size: Self.textSize, color: gray)
            }
            var legend = plot.x1
            try canvas.text("in view:", x: legend, baseline: 22, size: Self.textSize, color: .black)
            legend += Canvas.width(of: "in view:", size: Self.textSize) + 16
            for (index, name) in names.enumerated() {
                let color = Palette.color(index + 1)
                var before: Float?
                for (bin, mean) in means(name).enumerated() {
                    let (left, right) = (x(Double(bin) * secondsPerBin), x(Double(bin + 1) * secondsPerBin))
                    try canvas.fill(
                        BoundingBox(x1: left, y1: y(mean), x2: right, y2: plot.y2), color: color, opacity: 0.18)
                    if let before { try canvas.line(from: (left, before), to: (left, y(mean)), color: color) }
                    try canvas.line(from: (left, y(mean)), to: (right, y(mean)), color: color, thickness: 2)
                    before = y(mean)
                }
                let text = name.replacing("_", with: " ")
                let end = legend + 16 + Canvas.width(of: text, size: Self.textSize) + 16
                // The last ones may find no room here; the numbers name them all.
                guard end <= Float(Self.width) else { continue }
                try canvas.fill(BoundingBox(x: legend, y: 12, width: 11, height: 11), color: color)
                try canvas.text(text, x: legend + 16, baseline: 22, size: Self.textSize, color: .black)
                legend = end
            }
        }.encodedPNG()
    }

    /// The least of 1, 2, 5, 10, 20, ... that is not below `value`, 0.5 at the smallest.
    private static func roundStep(_ value: Double) -> Double {
        var step = 0.5
        for factor in Array(repeating: [2.0, 2, 2.5], count: 9).joined() {
            guard step < value else { break }
            step *= factor
        }
        return step
    }
}
