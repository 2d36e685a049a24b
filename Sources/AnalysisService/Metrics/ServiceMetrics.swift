/// The metrics of the service, with the help lines that `/metrics` shows.
enum ServiceMetrics {
    static let descriptions: [PrometheusRegistry.Description] = [
        .init(name: "framelake_http_requests_total", help: "Requests answered, by method, route and status."),
        .init(name: "framelake_http_request_seconds", help: "Time from a request's head to its answer."),
        .init(name: "framelake_analyses_total", help: "Analyses that ended, by outcome."),
        .init(name: "framelake_frames_total", help: "Frames decoded by analyses that ended."),
        .init(name: "framelake_stage_seconds_total", help: "Seconds spent in each stage of analyses."),
        .init(name: "framelake_downloaded_bytes_total", help: "Bytes of video read from S3."),
        .init(name: "framelake_analyses_in_flight", help: "Analyses that run now."),
    ]
}
