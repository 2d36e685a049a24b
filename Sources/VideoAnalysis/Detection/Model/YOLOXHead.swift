import Foundation

/// YOLOX as its authors export it (Ge et al., 2021): a row `x, y, w, h, objectness, classes...` for each place of the
/// grids of strides 8, 16 and 32, positions and sizes relative to the place and not decoded yet.
struct YOLOXHead: DetectionHead {
    private static let strides = [8, 16, 32]

    private let output: Int
    private let classes: Int
    private let input: ModelManifest.Input
    var classCount: Int? { classes }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        let places = gridPlaces(input, strides: Self.strides)
        guard
            let output = outputs.firstIndex(where: { tensor in
                tensor.table.map { $0.rows == places && $0.columns > 5 } ?? false
            }), let table = outputs[output].table
        else { return nil }
        self.output = output
        self.input = input
        classes = table.columns - 5
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        outputs[output].values.withUnsafeBufferPointer { values in
            var found: [DetectionCandidate] = []
            var row = 0
            for stride in Self.strides {
                let columns = (input.width + stride - 1) / stride
                for place in 0..<columns * ((input.height + stride - 1) / stride) {
                    defer { row += 5 + classes }
                    let objectness = values[row + 4]
                    guard objectness >= minimumScore else { continue }
                    let (value, label) = values.greatest(in: row + 5..<row + 5 + classes)
                    guard objectness * value >= minimumScore else { continue }
                    let size = Float(stride)
                    let box = BoundingBox(
                        centreX: (values[row] + Float(place % columns)) * size,
                        centreY: (values[row + 1] + Float(place / columns)) * size,
                        width: exp(values[row + 2]) * size, height: exp(values[row + 3]) * size)
                    found.append(DetectionCandidate(box: box, score: objectness * value, label: label))
                }
            }
            return found
        }
    }
}
