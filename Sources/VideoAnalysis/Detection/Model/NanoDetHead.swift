import Foundation

/// NanoDet and NanoDet-Plus: for each place the classes' scores, and for each side of the box a distribution over its
/// distance in strides (Li et al., "Generalized focal loss", 2020).
///
/// Plus gives one table of all places of the strides 8 to 64; NanoDet gives two tables for each of the strides 8 to 32.
struct NanoDetHead: DetectionHead {
    /// One grid, and where its numbers are.
    private struct Grid {
        let stride: Int
        let columns: Int
        let places: Int
        let scores: (output: Int, firstRow: Int, column: Int)
        let sides: (output: Int, firstRow: Int, column: Int)
    }

    /// Of models whose labels do not tell how many of the columns are classes.
    private static let usualBins = 8

    private let grids: [Grid]
    private let classes: Int
    private let bins: Int
    /// Where a place's centre is, in strides from its corner.
    private let centre: Float
    var classCount: Int? { classes }

    init?(outputs: [Tensor], input: ModelManifest.Input, labelCount: Int?) {
        func columns(_ stride: Int) -> Int { (input.width + stride - 1) / stride }
        func places(_ stride: Int) -> Int { gridPlaces(input, strides: [stride]) }
        let all = [8, 16, 32, 64]
        if let output = outputs.firstIndex(where: { $0.table?.rows == gridPlaces(input, strides: all) }),
            let table = outputs[output].table
        {
            classes = labelCount ?? table.columns - 4 * Self.usualBins
            bins = (table.columns - classes) / 4
            guard classes > 0, bins > 1, classes + 4 * bins == table.columns else { return nil }
            var row = 0
            var grids: [Grid] = []
            for stride in all {
                grids.append(
                    Grid(
                        stride: stride, columns: columns(stride), places: places(stride), scores: (output, row, 0),
                        sides: (output, row, classes)))
                row += places(stride)
            }
            self.grids = grids
            centre = 0
            return
        }
        var widths: Set<[Int]> = []
        var grids: [Grid] = []
        for stride in all.dropLast() {
            let tables = outputs.indices.filter { outputs[$0].table?.rows == places(stride) }
            guard tables.count == 2, let first = outputs[tables[0]].table, let second = outputs[tables[1]].table else {
                return nil
            }
            let firstIsScores: Bool
            if let labelCount, first.columns != second.columns {
                firstIsScores = first.columns == labelCount
            } else if first.columns != second.columns {
                firstIsScores = second.columns == 4 * Self.usualBins
            } else {
                firstIsScores = outputs[tables[0]].name.lowercased().contains("cls")
            }
            let (scores, sides) = firstIsScores ? (tables[0], tables[1]) : (tables[1], tables[0])
            let (scoreTable, sideTable) = firstIsScores ? (first, second) : (second, first)
            widths.insert([scoreTable.columns, sideTable.columns])
            grids.append(
                Grid(
                    stride: stride, columns: columns(stride), places: places(stride), scores: (scores, 0, 0),
                    sides: (sides, 0, 0)))
        }
        guard widths.count == 1, let width = widths.first, width[1] % 4 == 0, width[1] >= 8 else { return nil }
        (classes, bins) = (width[0], width[1] / 4)
        self.grids = grids
        centre = 0.5
    }

    func candidates(in outputs: [Tensor], minimumScore: Float) -> [DetectionCandidate] {
        var found: [DetectionCandidate] = []
        for grid in grids {
            let scores = outputs[grid.scores.output]
            let sides = outputs[grid.sides.output]
            scores.values.withUnsafeBufferPointer { scoreValues in
                sides.values.withUnsafeBufferPointer { sideValues in
                    for place in 0..<grid.places {
                        let row = (grid.scores.firstRow + place) * (scores.shape.last ?? 0) + grid.scores.column
                        let (score, label) = scoreValues.greatest(in: row..<row + classes)
                        guard score >= minimumScore else { continue }
                        let side = (grid.sides.firstRow + place) * (sides.shape.last ?? 0) + grid.sides.column
                        let distance = (0..<4).map { expected(sideValues, from: side + $0 * bins) * Float(grid.stride) }
                        let x = (Float(place % grid.columns) + centre) * Float(grid.stride)
                        let y = (Float(place / grid.columns) + centre) * Float(grid.stride)
                        let box = BoundingBox(
                            x1: x - distance[0], y1: y - distance[1], x2: x + distance[2], y2: y + distance[3])
                        found.append(DetectionCandidate(box: box, score: score, label: label))
                    }
                }
            }
        }
        return found
    }

    /// The mean of a distribution that is given by its logits over 0, 1, 2...
    private func expected(_ values: UnsafeBufferPointer<Float>, from start: Int) -> Float {
        let greatest = values.greatest(in: start..<start + bins).value
        var sum: Float = 0
        var mean: Float = 0
        for bin in 0..<bins {
            let weight = exp(values[start + bin] - greatest)
            sum += weight
            mean += weight * Float(bin)
        }
        return mean / sum
    }
}
