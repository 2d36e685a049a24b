/// The kinds of the Prometheus text format that are used here.
enum PrometheusKind: String, Sendable {
    case counter, gauge, histogram
}

/// Labels of one time series, sorted by name so that the same labels are the same series.
struct PrometheusLabels: Sendable, Hashable, Comparable {
    let pairs: [Pair]

    struct Pair: Sendable, Hashable {
        let name: String
        let value: String
    }

    init(_ dimensions: [(String, String)]) {
        pairs = dimensions.map { Pair(name: PrometheusText.labelName($0.0), value: $0.1) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }

    static func < (left: PrometheusLabels, right: PrometheusLabels) -> Bool {
        left.pairs.lexicographicallyPrecedes(right.pairs) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}

/// One time series: a number that goes up, one that is set, or a distribution.
enum PrometheusSeries: Sendable {
    case number(Double)
    case distribution(Histogram)

    struct Histogram: Sendable {
        /// Upper bounds in seconds or bytes, ascending, without infinity.
        let bounds: [Double]
        /// How many values fell into each bucket alone; the last one has no upper bound.
        private(set) var counts: [UInt64]
        private(set) var sum = 0.0

        init(bounds: [Double]) {
            self.bounds = bounds
            counts = Array(repeating: 0, count: bounds.count + 1)
        }

        mutating func record(_ value: Double) {
            guard value.isFinite else { return }
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }
    }
}
