/// How many jobs are worthwhile.
struct JobPlan: Sendable, Hashable {
    /// Waiting messages that are worth one more job; 1 or more.
    var messagesPerJob: Int
    /// Jobs at once; 1 or more.
    var maximumJobs: Int

    /// One job for each `messagesPerJob` waiting messages begun, less those that have not ended: never one per upload,
    /// and never none while messages wait.
    ///
    /// - Parameters:
    ///   - waiting: visible messages. SQS counts approximately, and an upload's event may be here before the bucket's
    ///     message is counted: hence `uploaded`, which makes one job worthwhile by itself. A job that finds the queue
    ///     empty ends at once.
    ///   - active: jobs that have not ended.
    func jobsToSubmit(waiting: Int, active: Int, uploaded: Bool) -> Int {
        let least = uploaded || waiting > 0 ? 1 : 0
        let (whole, rest) = max(0, waiting).quotientAndRemainder(dividingBy: messagesPerJob)
        let wanted = min(maximumJobs, max(least, whole + (rest > 0 ? 1 : 0)))
        return max(0, wanted - active)
    }
}
