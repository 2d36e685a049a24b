import Foundation

/// What a depth network's numbers mean once the whole video is seen.
enum DepthScale {
    case metres
    /// From the nearest number in the video, which becomes 0, to the farthest, which becomes 1.
    case relative(nearest: Float, farthest: Float)
    case aligned(DisparityAlignment)

    var unit: DepthRow.Unit {
        if case .relative = self { return .relative }
        return .metres
    }

    var mapScale: Double { unit == .relative ? DepthMap.relativeScale : DepthMap.metresScale }

    /// - Parameters:
    ///   - x: Of the pixel that shows it, like `y`.
    /// - Returns: Nil where it is not known.
    func depth(of value: Float, x: Double, y: Double) -> Double? {
        switch self {
        case .metres: Double(value)
        case .relative(let nearest, let farthest):
            Double(min(max((nearest - value) / (nearest - farthest), 0), 1))
        case .aligned(let alignment): alignment.metres(disparity: Double(value), x: x, y: y)
        }
    }

    /// The row of one object; nil where it is too far away to be known.
    func row(
        _ record: DepthSpill.Record, _ object: DepthSpill.Record.Object, _ found: DepthRaster.Statistics,
        estimator: String
    ) -> DepthRow? {
        let centre = object.box.centre
        let (x, y) = (Double(centre.x), Double(centre.y))
        guard let average = depth(of: found.average, x: x, y: y) else { return nil }
        var (minimum, maximum, variance) = (average, average, 0.0)
        switch self {
        case .metres:
            (minimum, maximum, variance) = (Double(found.lower), Double(found.upper), Double(found.variance))
        case .relative(let nearest, let farthest):
            // Small numbers are far.
            minimum = depth(of: found.upper, x: x, y: y) ?? average
            maximum = depth(of: found.lower, x: x, y: y) ?? average
            variance = Double(found.variance / ((nearest - farthest) * (nearest - farthest)))
        case .aligned(let alignment):
            minimum = average * exp(-1.96 * alignment.deviation)
            maximum = average * exp(1.96 * alignment.deviation)
            variance = average * average * alignment.deviation * alignment.deviation
        }
        return DepthRow(
            frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: object.trackID, bbox: object.box,
            area: Double(object.box.area) * Double(found.share), averageDepth: Float(average),
            minimumDepth: Float(min(minimum, average)), maximumDepth: Float(max(maximum, average)),
            depthVariance: Float(variance), unit: unit, estimator: estimator, depthMap: nil, depthMapScale: nil)
    }

    /// The row of a whole frame; nil where nothing in it is known.
    func row(
        _ record: DepthSpill.Record, _ map: DepthSpill.Record.Map, frame: (width: Double, height: Double),
        estimator: String
    ) throws(VideoAnalysisError) -> DepthRow? {
        let size = DepthMap.size(frameWidth: frame.width, frameHeight: frame.height)
        let depths = map.pixels.enumerated().map { index, pixel -> Double? in
            guard pixel > 0 else { return nil }
            let x = (Double(index % size.width) + 0.5) / Double(size.width) * frame.width
            let y = (Double(index / size.width) + 0.5) / Double(size.height) * frame.height
            return depth(of: map.lowest + map.step * Float(pixel - 1), x: x, y: y)
        }
        let whole = try DepthMap(
            width: size.width, depths: depths, scale: mapScale, frameArea: frame.width * frame.height)
        return whole.map { DepthRow(record, $0, unit: unit, estimator: estimator) }
    }
}

extension DepthRow {
    /// The row of a whole frame.
    init(_ record: DepthSpill.Record, _ map: DepthMap, unit: Unit, estimator: String) {
        self.init(
            frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: nil, bbox: nil, area: map.area,
            averageDepth: Float(map.average), minimumDepth: Float(map.minimum), maximumDepth: Float(map.maximum),
            depthVariance: Float(map.variance), unit: unit, estimator: estimator, depthMap: map.png,
            depthMapScale: map.scale)
    }
}

extension DepthSpill.Record.Map {
    private static let steps = 65_534

    /// Of the raster's tiles, as many as the frame's map has pixels.
    init(_ raster: DepthRaster) {
        let size = DepthMap.size(frameWidth: raster.frameWidth, frameHeight: raster.frameHeight)
        let values = raster.reduced(columns: size.width, rows: size.height)
        let known = values.filter(\.isFinite)
        let (least, most) = (known.min() ?? 0, known.max() ?? 0)
        let step = max((most - least) / Float(Self.steps), .leastNormalMagnitude)
        self.init(
            lowest: least, step: step,
            pixels: values.map { $0.isFinite ? UInt16(1 + min(Int((($0 - least) / step).rounded()), Self.steps)) : 0 })
    }
}
