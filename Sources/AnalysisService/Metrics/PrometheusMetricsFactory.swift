import CoreMetrics

/// swift-metrics on a `PrometheusRegistry`.
///
/// Counters get the suffix `_total` where their name lacks it. Timers are histograms in seconds; their name should
/// end in `_seconds`. Recorders that aggregate are histograms, others gauges.
struct PrometheusMetricsFactory: MetricsFactory {
    let registry: PrometheusRegistry

    /// Bounds in seconds, from a status call to a long analysis.
    static let secondsBounds = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600]
    /// Powers of ten, for sizes and counts.
    static let magnitudeBounds = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterSeries(registry, Self.counterName(label), dimensions)
    }

    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        CounterSeries(registry, Self.counterName(label), dimensions)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeSeries(registry, PrometheusText.metricName(label), dimensions)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let name = PrometheusText.metricName(label)
        return aggregate
            ? HistogramSeries(registry, name, dimensions, bounds: Self.magnitudeBounds)
            : GaugeSeries(registry, name, dimensions)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        HistogramSeries(registry, PrometheusText.metricName(label), dimensions, bounds: Self.secondsBounds)
    }

    // A series outlives the object that recorded into it: Prometheus expects counters to stay.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private static func counterName(_ label: String) -> String {
        let name = PrometheusText.metricName(label)
        return name.hasSuffix("_total") ? name : name + "_total"
    }
}

private final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let registry: PrometheusRegistry
    private let name: String
    private let labels: PrometheusLabels

    init(_ registry: PrometheusRegistry, _ name: String, _ dimensions: [(String, String)]) {
        self.registry = registry
        self.name = name
        labels = PrometheusLabels(dimensions)
        registry.declare(.counter, name, labels)
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        // A counter never falls.
        guard amount > 0, amount.isFinite else { return }
        registry.add(amount, to: name, labels, kind: .counter)
    }

    func reset() { registry.set(0, of: name, labels, kind: .counter) }
}

private final class GaugeSeries: MeterHandler, RecorderHandler {
    private let registry: PrometheusRegistry
    private let name: String
    private let labels: PrometheusLabels

    init(_ registry: PrometheusRegistry, _ name: String, _ dimensions: [(String, String)]) {
        self.registry = registry
        self.name = name
        labels = PrometheusLabels(dimensions)
        registry.declare(.gauge, name, labels)
    }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { registry.set(value, of: name, labels, kind: .gauge) }
    func increment(by amount: Double) { registry.add(amount, to: name, labels, kind: .gauge) }
    func decrement(by amount: Double) { registry.add(-amount, to: name, labels, kind: .gauge) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

private final class HistogramSeries: RecorderHandler, TimerHandler {
    private let registry: PrometheusRegistry
    private let name: String
    private let labels: PrometheusLabels
    private let bounds: [Double]

    init(_ registry: PrometheusRegistry, _ name: String, _ dimensions: [(String, String)], bounds: [Double]) {
        self.registry = registry
        self.name = name
        self.bounds = bounds
        labels = PrometheusLabels(dimensions)
        registry.declare(.histogram, name, labels, bounds: bounds)
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { registry.record(value, in: name, labels, bounds: bounds) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
