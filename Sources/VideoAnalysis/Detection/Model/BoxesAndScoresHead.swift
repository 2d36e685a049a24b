/// Two outputs, a table of boxes `x1, y1, x2, y2` and a table with the scores of the classes for each box.
///
/// The two are told apart by their columns; by their names where both have four.
private struct BoxesAndScores {
    let boxes: Int
    let scores: Int
    let rows: Int
    let scoreColumns: Int

    init?(_ outputs: [Tensor]) {
        func boxRows(_ index: Int) -> Int? {
            guard let table = outputs[index].table, table.columns == 4 else { return nil }
            return table.rows
        }
        let tables = outputs.indices.filter { boxRows($0) != nil }
        let named = tables.filter { outputs[$0].name.lowercased().contains("box") }
        for boxes in named + tables {
            guard let rows = boxRows(boxes),
                let scores = outputs.indices.first(where: { $0 != boxes && outputs[$0].table?.rows == rows }),
                let columns = outputs[scores].table?.columns
            else { continue }
            (self.boxes, self.scores, self.rows, scoreColumns) = (boxes, scores, rows, columns)
            return
        }
        return nil
    }

    /// - Parameter firstClass: the column of the first class.
    func candidates(
        in outputs: [Tensor], firstClass: Int, scale: SIMD4<Float>, minimumScore: Float
    ) -> [DetectionCandidate] {
        outputs[scores].values.withUnsafeBufferPointer { scores in
            outputs[boxes].values.withUnsafeBufferPointer { boxes in
                (0..<rows).compactMap { row in
                    let start = row * scoreColumns
                    let (score, label) = scores.greatest(in: start + firstClass..<start + scoreColumns)
                    guard score >= minimumScore else { return nil }
                    let corners = SIMD4(boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3])
                    let box = corners * scale
                    return DetectionCandidate(
                        box: BoundingBox(x1: box.x, y1: box.y, x2: box.z, y2: box.w), score: score, label: label)
                }
            }
        }
    }
}

/// YOLO-NAS as exported without suppression: boxes in pixels, a score for each class.
struct YOLONASHead: DetectionHead {
    private let tables: BoxesAndScores
    var classCount: Int? { tables.scoreColumns }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        guard let tables = BoxesAndScores(outputs), tables.rows == gridPlaces(input, strides: [8, 16, 32]) else {
            return nil
        }
        self.tables = tables
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        tables.candidates(in: outputs, firstClass: 0, scale: .one, minimumScore: minimumScore)
    }
}

/// SSD with decoded boxes but without suppression: boxes as shares of the image, and a score for the background, then
/// one for each class.
struct SSDHead: DetectionHead {
    private let tables: BoxesAndScores
    private let scale: SIMD4<Float>
    var classCount: Int? { tables.scoreColumns - 1 }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        guard let tables = BoxesAndScores(outputs), tables.scoreColumns > 1 else { return nil }
        self.tables = tables
        scale = SIMD4(Float(input.width), Float(input.height), Float(input.width), Float(input.height))
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        tables.candidates(in: outputs, firstClass: 1, scale: scale, minimumScore: minimumScore)
    }
}

/// SSD that suppresses by itself: rows `image, class, score, x1, y1, x2, y2`, the boxes as shares of the image and the
/// classes counted from 1.
struct SuppressedSSDHead: DetectionHead {
    private let output: Int
    private let width: Float
    private let height: Float
    var classCount: Int? { nil }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        guard outputs.count == 1, outputs[0].table?.columns == 7 else { return nil }
        output = 0
        (width, height) = (Float(input.width), Float(input.height))
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        outputs[output].values.withUnsafeBufferPointer { values in
            stride(from: 0, to: values.count, by: 7).compactMap { row in
                guard values[row + 2] >= minimumScore, let label = Int(exactly: values[row + 1].rounded()), label > 0
                else { return nil }
                let box = BoundingBox(
                    x1: values[row + 3] * width, y1: values[row + 4] * height, x2: values[row + 5] * width,
                    y2: values[row + 6] * height)
                return DetectionCandidate(box: box, score: values[row + 2], label: label - 1)
            }
        }
    }
}
