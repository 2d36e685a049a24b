import CoreMetrics
import Testing

@testable import AnalysisService

@Suite struct PrometheusTests {
    private let registry = PrometheusRegistry(descriptions: [.init(name: "jobs_total", help: "Jobs\nthat \\ended.")])
    private var factory: PrometheusMetricsFactory { PrometheusMetricsFactory(registry: registry) }

    @Test func countersAreWrittenWithHelpTypeAndSortedLabels() {
        let counter = Counter(label: "jobs", dimensions: [("b", "2"), ("a", "1")], factory: factory)
        counter.increment()
        counter.increment(by: 41)
        Counter(label: "jobs", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
        #expect(
            registry.text() == """
                # HELP jobs_total Jobs\\nthat \\\\ended.
                # TYPE jobs_total counter
                jobs_total{a="1",b="2"} 43

                """)
    }

    @Test func aDeclaredCounterStartsAtZeroAndNeverFalls() {
        let counter = FloatingPointCounter(label: "seconds_total", factory: factory)
        #expect(registry.text() == "# TYPE seconds_total counter\nseconds_total 0\n")
        counter.increment(by: 1.5)
        counter.increment(by: -1)
        counter.increment(by: Double.nan)
        #expect(registry.text().hasSuffix("seconds_total 1.5\n"))
    }

    @Test(arguments: [("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("한", "한"), ("", "")])
    func labelValuesAreEscaped(value: String, written: String) {
        Counter(label: "c", dimensions: [("l", value)], factory: factory).increment()
        #expect(registry.text().hasSuffix("c_total{l=\"\(written)\"} 1\n"))
    }

    @Test(arguments: [
        ("http.server.time", "http_server_time"), ("9lives", "_9lives"), ("a:b", "a:b"), ("é", "_"), ("", "_"),
    ])
    func namesAreMadeValid(label: String, name: String) {
        #expect(PrometheusText.metricName(label) == name)
    }

    @Test func gaugesAreSetAndMetersMove() {
        Gauge(label: "g", factory: factory).record(2.5)
        Gauge(label: "g", factory: factory).record(-1)
        let meter = Meter(label: "m", factory: factory)
        meter.increment(by: 3.0)
        meter.decrement()
        #expect(registry.text() == "# TYPE g gauge\ng -1\n# TYPE m gauge\nm 2\n")
    }

    @Test func timersAreHistogramsInSecondsWhoseBucketsAddUp() {
        let timer = Timer(label: "t_seconds", dimensions: [("k", "v")], factory: factory)
        for milliseconds in [5, 20, 400, 4_000_000] { timer.recordMilliseconds(milliseconds) }
        let text = registry.text()
        for line in [
            "# TYPE t_seconds histogram", #"t_seconds_bucket{k="v",le="0.005"} 1"#,
            #"t_seconds_bucket{k="v",le="0.025"} 2"#, #"t_seconds_bucket{k="v",le="0.5"} 3"#,
            #"t_seconds_bucket{k="v",le="3600"} 3"#, #"t_seconds_bucket{k="v",le="+Inf"} 4"#,
            #"t_seconds_sum{k="v"} 4000.425"#, #"t_seconds_count{k="v"} 4"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }

    @Test func anUnboundedLabelDoesNotFillTheMemory() {
        for number in 0..<(PrometheusRegistry.maximumSeriesPerMetric + 50) {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: factory).increment()
        }
        let lines = registry.text().split(separator: "\n").count
        #expect(lines == PrometheusRegistry.maximumSeriesPerMetric + 1)
    }

    @Test func aNameKeepsItsFirstKind() {
        Gauge(label: "x", factory: factory).record(1)
        Timer(label: "x", factory: factory).recordSeconds(1)
        #expect(registry.text() == "# TYPE x gauge\nx 1\n")
    }

    @Test func countingFromManyTasksLosesNothing() async {
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: factory)
                    for _ in 0..<500 { counter.increment() }
                }
            }
        }
        #expect(registry.text().hasSuffix("c_total 4000\n"))
    }

    @Test(arguments: [(0.5, "0.5"), (3, "3"), (1e300, "1e+300"), (.infinity, "+Inf"), (.nan, "NaN"), (-2, "-2")])
    func numbersAreWritten(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }
}
