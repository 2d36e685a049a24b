/// How tall people appear where they stand: on a plane, seen by a camera that does not roll, the height of people in
/// pixels is a straight line over the row of their feet (Hoiem et al., "Putting objects in perspective", 2008).
///
/// Learned by weighted least squares from sure detections, older ones counting ever less.
struct HeightPrior {
    private var weight = 0.0
    private var sumFoot = 0.0
    private var sumHeight = 0.0
    private var sumFootFoot = 0.0
    private var sumFootHeight = 0.0
    private var sumHeightHeight = 0.0

    /// Each new detection leaves the earlier ones this share of their weight.
    private static let retention = 0.998
    private static let detectionsNeeded = 40.0

    mutating func learn(_ box: BoundingBox) {
        let foot = Double(box.y2)
        let height = Double(box.height)
        weight = weight * Self.retention + 1
        sumFoot = sumFoot * Self.retention + foot
        sumHeight = sumHeight * Self.retention + height
        sumFootFoot = sumFootFoot * Self.retention + foot * foot
        sumFootHeight = sumFootHeight * Self.retention + foot * height
        sumHeightHeight = sumHeightHeight * Self.retention + height * height
    }

    /// The line as it stands, or nil when too little is known or people do not keep to a line.
    var line: Line? {
        guard weight >= Self.detectionsNeeded else { return nil }
        let meanFoot = sumFoot / weight
        let meanHeight = sumHeight / weight
        let spread = sumFootFoot / weight - meanFoot * meanFoot
        let common = sumFootHeight / weight - meanFoot * meanHeight
        // Feet all in one row tell nothing of the slope: a little prior spread draws it to zero.
        let slope = max(common, 0) / (spread + 0.04 * meanHeight * meanHeight)
        let variance = sumHeightHeight / weight - meanHeight * meanHeight - slope * (2 * common - slope * spread)
        let deviation = max(variance, 0).squareRoot() / meanHeight
        guard deviation < 0.25 else { return nil }
        return Line(
            intercept: meanHeight - slope * meanFoot, slope: slope, deviation: Float(max(deviation, 0.08)),
            smallest: meanHeight * 0.25)
    }

    struct Line {
        let intercept: Double
        let slope: Double
        /// Of the ratio of heights to the line.
        let deviation: Float
        let smallest: Double

        /// How far a box is from the line, in standard deviations.
        func miss(of box: BoundingBox) -> Float { (box.height / height(atFoot: box.y2) - 1) / deviation }

        func height(atFoot y: Float) -> Float { Float(max(intercept + slope * Double(y), smallest)) }
    }
}
