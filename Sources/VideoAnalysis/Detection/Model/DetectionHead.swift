/// What a network says of one place, before suppression.
struct DetectionCandidate: Hashable {
    /// In pixels of the network's input.
    var box: BoundingBox
    /// 0 to 1.
    var score: Float
    /// The place among the model's labels.
    var label: Int
}

/// Reads boxes from a network's outputs, for one family of detectors.
protocol DetectionHead: Sendable {
    /// Nil when the outputs do not tell it.
    var classCount: Int? { get }

    /// - Parameters:
    ///   - outputs: of any run; only their names and shapes count. Which is which is told by them, not by their order.
    ///   - labelCount: how many classes the model is said to have, when that is known.
    /// - Returns: Nil when the outputs are not of this family.
    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?)

    /// The candidates that score at least `minimumScore`.
    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate]
}

/// How many places the grids of these strides have over an input.
func gridPlaces(_ input: ModelManifest.Input, strides: [Int]) -> Int {
    strides.reduce(0) { $0 + ((input.width + $1 - 1) / $1) * ((input.height + $1 - 1) / $1) }
}

extension Tensor {
    /// Rows and columns, leading dimensions of 1 left out; nil for what is no table.
    var table: (rows: Int, columns: Int)? {
        guard shape.count >= 2, shape.dropLast(2).allSatisfy({ $0 == 1 }) else { return nil }
        return (shape[shape.count - 2], shape[shape.count - 1])
    }
}

extension BoundingBox {
    init(centreX: Float, centreY: Float, width: Float, height: Float) {
        self.init(
            x1: centreX - width / 2, y1: centreY - height / 2, x2: centreX + width / 2, y2: centreY + height / 2)
    }
}

extension UnsafeBufferPointer<Float> {
    /// The greatest number of a range, and its place in it; the first of equals.
    func greatest(in range: Range<Int>) -> (value: Float, place: Int) {
        var best = (value: -Float.infinity, place: 0)
        for index in range where self[index] > best.value { best = (self[index], index - range.lowerBound) }
        return best
    }
}
