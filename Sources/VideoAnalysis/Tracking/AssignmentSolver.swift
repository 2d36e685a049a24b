/// Optimal one-to-one assignment on a sparse bipartite graph, where leaving a row unassigned has a price.
///
/// Minimises the sum of the costs of the chosen pairs plus `unassignedCost` for each row that gets none, by successive
/// shortest augmenting paths with dual variables (Jonker and Volgenant, "A shortest augmenting path algorithm for dense
/// and sparse linear assignment problems", 1987). Rows and columns that no admissible pair connects never meet, so the
/// price of a frame with many objects is that of its crowds, not of its whole. Ties go to the lower index.
///
/// A value is a workspace: keep one and call ``solve(rows:columns:pairs:unassignedCost:)`` again and again.
struct AssignmentSolver {
    /// An admissible pair. Costs above `unassignedCost` are never chosen.
    struct Pair {
        var row: Int32
        var column: Int32
        var cost: Double
    }

    /// The column assigned to each row by the last solve, or -1.
    private(set) var columnOfRow: [Int32] = []
    /// The row assigned to each column by the last solve, or -1.
    private(set) var rowOfColumn: [Int32] = []

    private var edgeStart: [Int32] = []
    private var edgeColumn: [Int32] = []
    private var edgeCost: [Double] = []
    private var rowDual: [Double] = []
    private var columnDual: [Double] = []
    private var distance: [Double] = []
    private var predecessor: [Int32] = []
    /// The search in which a column was reached, and the one in which its distance became final.
    private var reachedIn: [Int32] = []
    private var settledIn: [Int32] = []
    private var frontier: [Int32] = []
    private var treeRows: [Int32] = []
    private var treeRowDistance: [Double] = []

    /// Solves for `pairs`, which must be ordered by row.
    mutating func solve(rows: Int, columns: Int, pairs: [Pair], unassignedCost: Double) {
        prepare(rows: rows, columns: columns, pairs: pairs)
        for row in 0..<rows where edgeStart[row] < edgeStart[row + 1] {
            augment(from: Int32(row), unassignedCost: unassignedCost)
        }
    }

    private mutating func prepare(rows: Int, columns: Int, pairs: [Pair]) {
        func reset<Value>(_ array: inout [Value], _ count: Int, _ value: Value) {
            array.removeAll(keepingCapacity: true)
            array.append(contentsOf: repeatElement(value, count: count))
        }
        reset(&columnOfRow, rows, -1)
        reset(&rowOfColumn, columns, -1)
        reset(&edgeStart, rows + 1, 0)
        reset(&rowDual, rows, 0)
        reset(&columnDual, columns, 0)
        reset(&distance, columns, 0)
        reset(&predecessor, columns, -1)
        reset(&reachedIn, columns, -1)
        reset(&settledIn, columns, -1)
        edgeColumn.removeAll(keepingCapacity: true)
        edgeCost.removeAll(keepingCapacity: true)
        for pair in pairs {
            edgeStart[Int(pair.row) + 1] += 1
            edgeColumn.append(pair.column)
            edgeCost.append(pair.cost)
        }
        for row in 0..<rows { edgeStart[row + 1] += edgeStart[row] }
    }

    /// Finds the cheapest way to place `start`: a path that ends at a free column, or at a row of the tree that gives up
    /// its column and stays unassigned.
    private mutating func augment(from start: Int32, unassignedCost: Double) {
        frontier.removeAll(keepingCapacity: true)
        treeRows.removeAll(keepingCapacity: true)
        treeRowDistance.removeAll(keepingCapacity: true)
        var row = start
        var rowDistance = 0.0
        var bestLeaver = start
        var bestLeaving = Double.infinity
        var end: Int32 = -1
        var final = 0.0

        while true {
            treeRows.append(row)
            treeRowDistance.append(rowDistance)
            let leaving = rowDistance + unassignedCost - rowDual[Int(row)]
            if leaving < bestLeaving { (bestLeaving, bestLeaver) = (leaving, row) }
            for edge in Int(edgeStart[Int(row)])..<Int(edgeStart[Int(row) + 1]) {
                let column = Int(edgeColumn[edge])
                if settledIn[column] == start { continue }
                let reach = rowDistance + edgeCost[edge] - rowDual[Int(row)] - columnDual[column]
                if reachedIn[column] != start {
                    reachedIn[column] = start
                    frontier.append(Int32(column))
                } else if reach >= distance[column] {
                    continue
                }
                distance[column] = reach
                predecessor[column] = row
            }
            guard let next = nearestOfFrontier(), distance[Int(frontier[next])] < bestLeaving else {
                final = bestLeaving
                break
            }
            let column = frontier[next]
            frontier.swapAt(next, frontier.count - 1)
            frontier.removeLast()
            settledIn[Int(column)] = start
            if rowOfColumn[Int(column)] < 0 {
                (end, final) = (column, distance[Int(column)])
                break
            }
            row = rowOfColumn[Int(column)]
            rowDistance = distance[Int(column)]
        }

        for (index, row) in treeRows.enumerated() {
            rowDual[Int(row)] += final - treeRowDistance[index]
            // A row in the tree other than the first was reached through its own column, at the same distance.
            let column = columnOfRow[Int(row)]
            if column >= 0 { columnDual[Int(column)] -= final - treeRowDistance[index] }
        }
        if end < 0 {
            end = columnOfRow[Int(bestLeaver)]
            columnOfRow[Int(bestLeaver)] = -1
            if bestLeaver == start { return }
        }
        flip(pathTo: end, from: start)
    }

    /// The frontier's place of the nearest column; at equal distance a free column, then the lower index.
    private func nearestOfFrontier() -> Int? {
        var best: Int?
        var bestKey = (Double.infinity, 2, Int32.max)
        for (place, column) in frontier.enumerated() {
            let key = (distance[Int(column)], rowOfColumn[Int(column)] < 0 ? 0 : 1, column)
            if key < bestKey { (bestKey, best) = (key, place) }
        }
        return best
    }

    private mutating func flip(pathTo end: Int32, from start: Int32) {
        var column = end
        while true {
            let row = predecessor[Int(column)]
            let previous = columnOfRow[Int(row)]
            rowOfColumn[Int(column)] = row
            columnOfRow[Int(row)] = column
            if row == start { return }
            column = previous
        }
    }
}
