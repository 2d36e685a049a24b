/// Everything `batch-processor trigger` is told by its environment.
struct TriggerConfiguration: Sendable, Hashable {
    /// `SQS_QUEUE_URL`: the main queue.
    var queueURL: String
    /// `BATCH_JOB_QUEUE`: name or ARN.
    var jobQueue: String
    /// `BATCH_JOB_DEFINITION`: a name stands for its newest revision.
    var jobDefinition: String
    /// `MESSAGES_PER_JOB` and `MAX_JOBS`.
    var plan: JobPlan

    init(environment: [String: String]) throws(ConfigurationError) {
        let reader = SettingsReader(environment: environment)
        queueURL = try reader.url("sqs.queue.url", expected: "the URL of the main queue, https://sqs...")
        jobQueue = try reader.required("batch.job.queue", expected: "the name or ARN of the Batch job queue")
        jobDefinition = try reader.required(
            "batch.job.definition", expected: "the name or ARN of the Batch job definition")
        plan = JobPlan(
            messagesPerJob: try reader.integer("messages.per.job", in: 1...100_000) ?? 20,
            maximumJobs: try reader.integer("max.jobs", in: 1...1000) ?? 4)
    }
}
