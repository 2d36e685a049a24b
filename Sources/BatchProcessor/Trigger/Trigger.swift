import AWS
import FoundationEssentials
import JSON
import Logging

/// Looks at the work queue and submits the jobs that drain it.
struct Trigger: Sendable {
    /// What one look found and did.
    struct Decision: Sendable, Hashable {
        var waiting: Int
        var inWork: Int
        var active: Int
        var submitted: [String]

        var json: JSON {
            [
                "messages_waiting": .integer(Int64(waiting)), "messages_in_work": .integer(Int64(inWork)),
                "jobs_active": .integer(Int64(active)), "jobs_submitted": .array(submitted.map(JSON.string)),
            ]
        }
    }

    let queue: SQSClient
    let batch: BatchClient
    let configuration: TriggerConfiguration
    let logger: Logger

    /// - Parameter event: what EventBridge sent: an upload's "Object Created", the scheduler's own, or nothing.
    func decide(event: JSON) async throws(AWSError) -> Decision {
        let attributes = try await queue.attributes()
        var decision = Decision(
            waiting: attributes.approximateMessages, inWork: attributes.approximateMessagesNotVisible,
            active: try await batch.activeJobs(queue: configuration.jobQueue), submitted: [])
        let missing = configuration.plan.jobsToSubmit(
            waiting: decision.waiting, active: decision.active, uploaded: Self.isUpload(event))
        for _ in 0..<missing {
            let job = try await batch.submitJob(
                name: "drain", queue: configuration.jobQueue, definition: configuration.jobDefinition)
            decision.submitted.append(job)
            logger.info("Job submitted", metadata: ["job.id": "\(job)", "job.queue": "\(configuration.jobQueue)"])
        }
        logger.info(
            "Looked at the queue",
            metadata: [
                "messages.waiting": "\(decision.waiting)", "messages.in_work": "\(decision.inWork)",
                "jobs.active": "\(decision.active)", "jobs.submitted": "\(decision.submitted.count)",
            ])
        return decision
    }

    private static func isUpload(_ event: JSON) -> Bool {
        event.node["detail-type"].value == .string("Object Created")
    }
}
