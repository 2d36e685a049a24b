import Testing

@testable import BatchProcessor

@Suite struct JobPlanTests {
    @Test(arguments: [
        // waiting, active, uploaded, submitted
        (0, 0, false, 0),
        (1, 0, false, 1),
        (10, 0, false, 1),
        (11, 0, false, 2),
        (1000, 0, false, 3),
        (1000, 2, false, 1),
        (1000, 3, false, 0),
        (1000, 9, false, 0),
        (5, 1, false, 0),
        // The upload's event is here before SQS counts its message.
        (0, 0, true, 1),
        (0, 1, true, 0),
        (11, 1, true, 1),
        // An approximate count below nothing is nothing.
        (-1, 0, false, 0),
    ])
    func jobsFollowTheWaitingMessages(waiting: Int, active: Int, uploaded: Bool, submitted: Int) {
        let plan = JobPlan(messagesPerJob: 10, maximumJobs: 3)
        #expect(plan.jobsToSubmit(waiting: waiting, active: active, uploaded: uploaded) == submitted)
    }
}
