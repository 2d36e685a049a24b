/// The output of YOLOv8 and YOLO11: rows `x, y, w, h, classes...` with a column for each place of the grids of strides
/// 8, 16 and 32, the box as centre and size in pixels.
struct YOLOv8Head: DetectionHead {
    private let output: Int
    private let places: Int
    private let classes: Int
    var classCount: Int? { classes }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        let places = gridPlaces(input, strides: [8, 16, 32])
        guard
            let output = outputs.firstIndex(where: { tensor in
                tensor.table.map { $0.columns == places && $0.rows > 4 } ?? false
            }), let table = outputs[output].table
        else { return nil }
        self.output = output
        self.places = places
        classes = table.rows - 4
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        outputs[output].values.withUnsafeBufferPointer { values in
            var scores = Array(values[4 * places..<5 * places])
            var labels = [Int](repeating: 0, count: places)
            // Along the rows, as the numbers lie in memory.
            for label in 1..<max(classes, 1) {
                let start = (4 + label) * places
                for place in 0..<places where values[start + place] > scores[place] {
                    scores[place] = values[start + place]
                    labels[place] = label
                }
            }
            return (0..<places).compactMap { place in
                guard scores[place] >= minimumScore else { return nil }
                let box = BoundingBox(
                    centreX: values[place], centreY: values[places + place], width: values[2 * places + place],
                    height: values[3 * places + place])
                return DetectionCandidate(box: box, score: scores[place], label: labels[place])
            }
        }
    }
}
