import Foundation

/// The least squares of a Gauss-Newton step in four unknowns.
struct NormalEquations {
    struct Observation {
        var residual: Double
        var gradient: SIMD4<Double>
        /// The inverse of the variance.
        var weight: Double
    }

    /// Observations that share an offset of their own, which is eliminated.
    struct Group {
        fileprivate var observations: [Observation]
        /// The sum of the observations' weights and the offset's.
        fileprivate let total: Double
        /// How much the group counts: little when it does not fit.
        fileprivate let weight: Double
        /// In squared standard deviations, at the residuals: Geman and McClure's loss, so that who fits not at all is left out.
        let cost: Double

        /// - Parameters:
        ///   - deviation: The offset is so far from 0, as a standard deviation.
        ///   - worth: More observations than these count as so many.
        init(_ observations: [Observation], offsetDeviation deviation: Double, worth: Double) {
            guard !observations.isEmpty else {
                (self.observations, total, weight, cost) = ([], 1, 0, 0)
                return
            }
            let residuals = observations.map(\.residual).sorted()
            let median = residuals[residuals.count / 2]
            let share = min(1, worth / Double(observations.count))
            var weighed = observations
            var (total, sum, squares) = (1 / (deviation * deviation), 0.0, 0.0)
            for index in weighed.indices {
                let one = weighed[index]
                let off = (one.residual - median) * (one.residual - median) * one.weight
                let weight = one.weight * share / (1 + off / 9)
                weighed[index].weight = weight
                total += weight
                sum += weight * one.residual
                squares += weight * one.residual * one.residual
            }
            let square = max(squares - sum * sum / total, 0)
            let bound = 3 * min(Double(observations.count), worth)
            self.observations = weighed
            self.total = total
            weight = bound * bound / ((bound + square) * (bound + square))
            cost = bound * square / (bound + square)
        }
    }

    private var matrix: [SIMD4<Double>]
    private var right: SIMD4<Double>

    /// Starts with what is known before any observation.
    init(mean: SIMD4<Double>, deviation: SIMD4<Double>, at parameters: SIMD4<Double>) {
        let weight = 1 / (deviation * deviation)
        matrix = (0..<4).map { row in
            var line = SIMD4<Double>.zero
            line[row] = weight[row]
            return line
        }
        right = (mean - parameters) * weight
    }

    mutating func add(_ group: Group) {
        var (residuals, gradients) = (0.0, SIMD4<Double>.zero)
        for one in group.observations {
            residuals += one.weight * one.residual
            gradients += one.weight * one.gradient
            add(one.gradient, one.residual, group.weight * one.weight)
        }
        add(gradients, residuals, -group.weight / group.total)
    }

    private mutating func add(_ gradient: SIMD4<Double>, _ residual: Double, _ weight: Double) {
        for row in 0..<4 { matrix[row] += weight * gradient[row] * gradient }
        right -= weight * residual * gradient
    }

    /// What is to be added to the parameters; nil when the observations do not determine it.
    var step: SIMD4<Double>? {
        inverse.map { rows in
            var step = SIMD4<Double>.zero
            for row in 0..<4 { step[row] = (rows[row] * right).sum() }
            return step
        }
    }

    /// The rows of the inverse: the covariance of the parameters.
    var inverse: [SIMD4<Double>]? {
        var left = matrix
        var result = (0..<4).map { row in
            var line = SIMD4<Double>.zero
            line[row] = 1
            return line
        }
        for column in 0..<4 {
            guard let pivot = (column..<4).max(by: { abs(left[$0][column]) < abs(left[$1][column]) }),
                left[pivot][column].isFinite, abs(left[pivot][column]) > 1e-9
            else { return nil }
            left.swapAt(column, pivot)
            result.swapAt(column, pivot)
            let scale = 1 / left[column][column]
            left[column] *= scale
            result[column] *= scale
            for row in 0..<4 where row != column {
                let factor = left[row][column]
                left[row] -= factor * left[column]
                result[row] -= factor * result[column]
            }
        }
        return result
    }
}
