/// What a depth network says of the pixels of one frame, at the network's resolution.
struct DepthRaster: Sendable {
    let width: Int
    let height: Int
    let frameWidth: Double
    let frameHeight: Double
    /// Row by row, as the network gave them; not a finite number where it gave none.
    let values: [Float]

    struct Statistics: Hashable {
        var average: Float
        /// The 5th and the 95th percentile.
        var lower: Float
        var upper: Float
        var variance: Float
        /// How much of the box, or of the frame, the values speak for.
        var share: Float
    }

    /// Of the finite values, the `fraction` from the lowest; nil when there are none.
    func percentile(_ fraction: Double) -> Float? {
        let sorted = values.filter(\.isFinite).sorted()
        return sorted.isEmpty ? nil : Self.percentile(sorted, fraction)
    }

    /// Of one object: what else its box shows is left out.
    ///
    /// The median of the box's inner part, half as wide and 0.7 as high, is taken to be on the object. Of the whole box
    /// those pixels count that are within three standard deviations of it, which the inner part's median absolute
    /// deviation estimates, or within a fiftieth of what the frame spans.
    func statistics(in box: BoundingBox, span: Float) -> Statistics? {
        let inner = BoundingBox(
            x1: box.x1 + 0.25 * box.width, y1: box.y1 + 0.15 * box.height, x2: box.x2 - 0.25 * box.width,
            y2: box.y2 - 0.15 * box.height)
        let core = pixels(in: inner).filter(\.isFinite).sorted()
        guard !core.isEmpty else { return nil }
        let median = Self.percentile(core, 0.5)
        let deviation = 1.4826 * Self.percentile(core.map { abs($0 - median) }.sorted(), 0.5)
        let reach = max(3 * deviation, 0.02 * span)
        let all = pixels(in: box)
        let mask = all.filter { abs($0 - median) <= reach }.sorted()
        guard !mask.isEmpty else { return nil }
        let average = mask.reduce(0.0) { $0 + Double($1) } / Double(mask.count)
        let variance = mask.reduce(0.0) { $0 + (Double($1) - average) * (Double($1) - average) } / Double(mask.count)
        return Statistics(
            average: Float(average), lower: Self.percentile(mask, 0.05), upper: Self.percentile(mask, 0.95),
            variance: Float(variance), share: Float(mask.count) / Float(all.count))
    }

    /// Those whose middle is in the box, and at least the one in the box's middle.
    private func pixels(in box: BoundingBox) -> [Float] {
        let scale = (x: Double(width) / frameWidth, y: Double(height) / frameHeight)
        let columns = Self.range(Double(box.x1) * scale.x, Double(box.x2) * scale.x, limit: width)
        let rows = Self.range(Double(box.y1) * scale.y, Double(box.y2) * scale.y, limit: height)
        return rows.flatMap { row in values[row * width + columns.lowerBound..<row * width + columns.upperBound] }
    }

    private static func range(_ from: Double, _ to: Double, limit: Int) -> Range<Int> {
        let first = Int(min(max((from - 0.5).rounded(.up), 0), Double(limit - 1)))
        let last = Int(min(max((to - 0.5).rounded(.up), 0), Double(limit)))
        if last > first { return first..<last }
        let middle = Int(min(max((from + to) / 2, 0), Double(limit - 1)))
        return middle..<middle + 1
    }

    private static func percentile(_ sorted: [Float], _ fraction: Double) -> Float {
        sorted[Int((Double(sorted.count - 1) * fraction).rounded())]
    }

    /// The mean of the finite values below each of `columns` x `rows` tiles; not a number where there are none.
    func reduced(columns: Int, rows: Int) -> [Float] {
        (0..<rows).flatMap { row in
            (0..<columns).map { column in
                let x = Self.tile(column, of: columns, size: width)
                let y = Self.tile(row, of: rows, size: height)
                var (sum, count) = (0.0, 0)
                for line in y {
                    for value in values[line * width + x.lowerBound..<line * width + x.upperBound] where value.isFinite
                    {
                        sum += Double(value)
                        count += 1
                    }
                }
                return count == 0 ? .nan : Float(sum / Double(count))
            }
        }
    }

    private static func tile(_ index: Int, of count: Int, size: Int) -> Range<Int> {
        let first = index * size / count
        return first..<max((index + 1) * size / count, first + 1)
    }
}
