import AWS
import Foundation
import PostgreSQL
import TestSupport
import Testing

/// What the other tests stand on.
@Suite struct TestSupportTests {
    @Test func eachTestHasADatabaseOfItsOwn() async throws {
        try await TestDatabase.withDatabase { first in
            try await TestDatabase.withDatabase { second in
                try await TestDatabase.query("CREATE TABLE mark (v int)", on: first)
                let row = try await TestDatabase.query("SELECT to_regclass('mark') IS NULL AS free", on: second)
                #expect(try row.rows[0].bool("free"))
            }
        }
    }

    @Test func aProcessIsEndedWithItsScope() async throws {
        let processID = try await TestProcess.with("sleep", ["600"]) { process in
            #expect(process.hasEnded == nil)
            return process.processID
        }
        #expect(kill(processID, 0) == -1)
    }

    @Test func aProcessHandsOverOutputAndEnding() async throws {
        let result = try await TestProcess.run("sh", ["-c", "echo out; echo err >&2; exit 7"])
        #expect(result.ending == .exited(7))
        #expect(result.standardOutput == "out\n")
        #expect(result.standardError == "err\n")
        let killed = try await TestProcess.run("sh", ["-c", "kill -TERM $$"])
        #expect(killed.ending == .killed(signal: SIGTERM))
    }

    @Test func anUploadArrivesInTheQueue() async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            let queue = try await aws.createQueue()
            try await aws.notify(bucket: bucket, queueARN: queue.arn)
            try await S3Client(aws.client).put(bucket: bucket, key: "videos/a b.mp4", body: [1, 2, 3])
            let sqs = SQSClient(aws.client, queueURL: queue.url)
            let body = try await eventually("the notification") {
                try await sqs.receive(maximum: 1, waitSeconds: 1).first { $0.body.contains("ObjectCreated") }?.body
            }
            #expect(body.contains("videos/a+b.mp4"))
        }
    }

    @Test func conditionsThatNeverHoldAreReportedWithTheirPlace() async throws {
        await #expect(throws: TimedOut.self) {
            try await eventually(within: .milliseconds(100)) { false }
        }
    }
}
