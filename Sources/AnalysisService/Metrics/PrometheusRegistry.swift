import Synchronization

/// All time series of the process, written as Prometheus text on request.
///
/// One lock for all: the service records a few hundred values a second at most.
final class PrometheusRegistry: Sendable {
    /// What is known of a metric before its first value: its help line.
    struct Description: Sendable {
        let name: String
        let help: String
    }

    private struct Family: Sendable {
        let kind: PrometheusKind
        var series: [PrometheusLabels: PrometheusSeries] = [:]
    }

    /// More label sets than this in one metric mean that an unbounded value became a label; the rest is not kept.
    static let maximumSeriesPerMetric = 1000

    private let families = Mutex<[String: Family]>([:])
    private let help: [String: String]

    init(descriptions: [Description] = []) {
        help = Dictionary(descriptions.map { ($0.name, $0.help) }) { first, _ in first }
    }

    /// Makes the series exist with 0, so that a rate over it starts at its first event.
    func declare(_ kind: PrometheusKind, _ name: String, _ labels: PrometheusLabels, bounds: [Double] = []) {
        change(kind, name, labels, bounds: bounds) { _ in }
    }

    func add(_ amount: Double, to name: String, _ labels: PrometheusLabels, kind: PrometheusKind) {
        change(kind, name, labels) { series in
            if case .number(let value) = series { series = .number(value + amount) }
        }
    }

    func set(_ value: Double, of name: String, _ labels: PrometheusLabels, kind: PrometheusKind) {
        change(kind, name, labels) { series in series = .number(value) }
    }

    func record(_ value: Double, in name: String, _ labels: PrometheusLabels, bounds: [Double]) {
        change(.histogram, name, labels, bounds: bounds) { series in
            if case .distribution(var histogram) = series {
                histogram.record(value)
                series = .distribution(histogram)
            }
        }
    }

    private func change(
        _ kind: PrometheusKind, _ name: String, _ labels: PrometheusLabels, bounds: [Double] = [],
        _ body: (inout PrometheusSeries) -> Void
    ) {
        families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            // A name has one kind: what was registered first stays, as Prometheus demands.
            guard family.kind == kind else { return }
            guard family.series[labels] != nil || family.series.count < Self.maximumSeriesPerMetric else { return }
            var series =
                family.series[labels]
                ?? (kind == .histogram ? .distribution(.init(bounds: bounds)) : .number(0))
            body(&series)
            family.series[labels] = series
            families[name] = family
        }
    }

    /// The whole registry, metrics by name and series by labels.
    func text() -> String {
        var lines: [String] = []
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            if let help = help[name] { lines.append("# HELP \(name) \(PrometheusText.help(help))") }
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                append(series, name, labels, to: &lines)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func append(
        _ series: PrometheusSeries, _ name: String, _ labels: PrometheusLabels, to lines: inout [String]
    ) {
        switch series {
        case .number(let value):
            lines.append("\(name)\(PrometheusText.labels(labels)) \(PrometheusText.number(value))")
        case .distribution(let histogram):
            var total: UInt64 = 0
            for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
                total += count
                let bucket = PrometheusText.labels(labels, and: ("le", PrometheusText.number(bound)))
                lines.append("\(name)_bucket\(bucket) \(total)")
            }
            let written = PrometheusText.labels(labels)
            lines.append("\(name)_sum\(written) \(PrometheusText.number(histogram.sum))")
            lines.append("\(name)_count\(written) \(total)")
        }
    }
}
