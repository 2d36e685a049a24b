import Testing

@testable import VideoAnalysis

@Suite struct AssignmentSolverTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func findsTheOptimumOfRandomSparseProblems(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let rows = Int.random(in: 1...6, using: &numbers)
        let columns = Int.random(in: 1...6, using: &numbers)
        var costs = [[Double?]](repeating: [Double?](repeating: nil, count: columns), count: rows)
        var pairs: [AssignmentSolver.Pair] = []
        for row in 0..<rows {
            for column in 0..<columns where Double.random(in: 0..<1, using: &numbers) < 0.7 {
                // Few values, so that ties are common.
                let cost = Double(Int.random(in: 0...8, using: &numbers)) / 8
                costs[row][column] = cost
                pairs.append(.init(row: Int32(row), column: Int32(column), cost: cost))
            }
        }
        var solver = AssignmentSolver()
        solver.solve(rows: rows, columns: columns, pairs: pairs, unassignedCost: 0.8)

        var total = 0.0
        for row in 0..<rows {
            let column = solver.columnOfRow[row]
            if column < 0 {
                total += 0.8
            } else {
                #expect(solver.rowOfColumn[Int(column)] == Int32(row))
                total += costs[row][Int(column)] ?? .infinity
            }
        }
        #expect(abs(total - Self.cheapest(costs, row: 0, taken: [], unassigned: 0.8)) < 1e-9)
    }

    /// Tries everything.
    private static func cheapest(_ costs: [[Double?]], row: Int, taken: Set<Int>, unassigned: Double) -> Double {
        guard row < costs.count else { return 0 }
        var best = unassigned + cheapest(costs, row: row + 1, taken: taken, unassigned: unassigned)
        for (column, cost) in costs[row].enumerated() where !taken.contains(column) {
            guard let cost else { continue }
            best = min(
                best, cost + cheapest(costs, row: row + 1, taken: taken.union([column]), unassigned: unassigned))
        }
        return best
    }

    @Test func emptyProblemsHaveEmptyAnswers() {
        var solver = AssignmentSolver()
        solver.solve(rows: 0, columns: 0, pairs: [], unassignedCost: 1)
        #expect(solver.columnOfRow.isEmpty && solver.rowOfColumn.isEmpty)
        solver.solve(rows: 2, columns: 3, pairs: [], unassignedCost: 1)
        #expect(solver.columnOfRow == [-1, -1])
    }

    @Test func aPairAboveThePriceOfNoneIsNotMade() {
        var solver = AssignmentSolver()
        solver.solve(rows: 1, columns: 1, pairs: [.init(row: 0, column: 0, cost: 0.9)], unassignedCost: 0.5)
        #expect(solver.columnOfRow == [-1])
    }

    @Test func equalCostsGoToTheLowerIndexAndAllAreAssigned() {
        var solver = AssignmentSolver()
        let count = 300
        let pairs = (0..<count).flatMap { row in
            (0..<count).map { AssignmentSolver.Pair(row: Int32(row), column: Int32($0), cost: 0.5) }
        }
        solver.solve(rows: count, columns: count, pairs: pairs, unassignedCost: 1)
        #expect(solver.columnOfRow == Array(0..<Int32(count)))
    }
}
