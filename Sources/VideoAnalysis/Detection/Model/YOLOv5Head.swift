/// The output of YOLOv5: a row `x, y, w, h, objectness, classes...` for each of three anchors at each place, the box
/// as centre and size in pixels.
struct YOLOv5Head: DetectionHead {
    private let output: Int
    private let classes: Int
    var classCount: Int? { classes }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        // Models for large images have a fourth grid.
        let places = [[8, 16, 32], [8, 16, 32, 64]].map { 3 * gridPlaces(input, strides: $0) }
        guard
            let output = outputs.firstIndex(where: { tensor in
                tensor.table.map { places.contains($0.rows) && $0.columns > 5 } ?? false
            }), let table = outputs[output].table
        else { return nil }
        self.output = output
        classes = table.columns - 5
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        outputs[output].values.withUnsafeBufferPointer { values in
            var found: [DetectionCandidate] = []
            for row in stride(from: 0, to: values.count, by: 5 + classes) {
                let objectness = values[row + 4]
                guard objectness >= minimumScore else { continue }
                let (value, label) = values.greatest(in: row + 5..<row + 5 + classes)
                guard objectness * value >= minimumScore else { continue }
                let box = BoundingBox(
                    centreX: values[row], centreY: values[row + 1], width: values[row + 2], height: values[row + 3])
                found.append(DetectionCandidate(box: box, score: objectness * value, label: label))
            }
            return found
        }
    }
}
