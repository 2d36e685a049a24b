import AWS
import Foundation
import JSON
import TestSupport
import Testing

/// Videos whose object is removed from the bucket, and videos whose event was lost.
@Suite struct RemovalTests {
    private func sourceDeleted(_ pipeline: Pipeline) async throws -> Bool {
        try await pipeline.number("SELECT count(*) FROM apps_db_video WHERE source_deleted_at IS NOT NULL") == 1
    }

    private func expectDrained(_ pipeline: Pipeline, _ service: Pipeline.Service) async throws {
        let result = try await pipeline.drain(endpoint: service.endpoint)
        #expect(result.ending == .exited(0), "\(result.standardError)")
        #expect(try await pipeline.messages(in: pipeline.queue) == 0)
    }

    @Test func aRemovedVideoIsMarkedAndANewUploadTakesTheMarkAway() async throws {
        let video = try await TestVideo.sample(seconds: 2)
        let key = "videos/a b+c.mp4"
        try await Pipeline.with { pipeline in
            try await pipeline.withService { service in
                try await pipeline.upload(video, as: key)
                try await expectDrained(pipeline, service)
                let events = try await pipeline.number("SELECT count(*) FROM apps_db_event")
                #expect(try await sourceDeleted(pipeline) == false)

                try await pipeline.aws.deleteObject(bucket: pipeline.bucket, key: key)
                try await expectDrained(pipeline, service)
                #expect(try await sourceDeleted(pipeline))
                #expect(try await pipeline.number("SELECT count(*) FROM apps_db_event") == events)

                try await pipeline.upload(video, as: key)
                try await expectDrained(pipeline, service)
                #expect(try await sourceDeleted(pipeline) == false)
                #expect(try await pipeline.number("SELECT count(*) FROM apps_db_videoanalysis") == 1)
            }
        }
    }

    @Test func rowsGoWithTheSourceInAVersionedBucketAndOlderVersionsDoNotCount() async throws {
        let videos = [try await TestVideo.sample(seconds: 2), try await TestVideo.sample(seconds: 3)]
        let key = "videos/test-001.mp4"
        try await Pipeline.with(versioned: true) { pipeline in
            try await pipeline.withService(["DELETE_WITH_SOURCE": "true"]) { service in
                var versions: [String] = []
                for video in videos {
                    try await pipeline.upload(video, as: key)
                    versions.append(
                        try #require(try await pipeline.s3.head(bucket: pipeline.bucket, key: key).versionID))
                    try await expectDrained(pipeline, service)
                }
                let events = try await pipeline.number("SELECT count(*) FROM apps_db_event")
                try await pipeline.aws.deleteObject(bucket: pipeline.bucket, key: key, versionID: versions[0])
                try await expectDrained(pipeline, service)
                #expect(try await pipeline.number("SELECT count(*) FROM apps_db_event") == events)

                try await pipeline.aws.deleteObject(bucket: pipeline.bucket, key: key)
                try await expectDrained(pipeline, service)
                for table in Pipeline.tables + ["apps_db_video", "apps_db_videoanalysis"] {
                    #expect(try await pipeline.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
                }
            }
        }
    }

    @Test func reconcileFindsTheVideoWhoseEventWasLost() async throws {
        let video = try await TestVideo.sample(seconds: 2)
        try await Pipeline.with { pipeline in
            try await pipeline.withService { service in
                try await pipeline.upload(video, as: "videos/lost é.mp4")
                try await pipeline.s3.put(bucket: pipeline.bucket, key: "videos/no video.mp4", body: [1, 2, 3])
                // The events are lost.
                let queue = SQSClient(pipeline.aws.client, queueURL: pipeline.queue.url)
                while let message = try await queue.receive(waitSeconds: 1).first {
                    try await queue.delete(receiptHandle: message.receiptHandle)
                }
                #expect(try await reconcile(pipeline, service)["sent"].int() == 2)
                let drained = try await pipeline.drain(endpoint: service.endpoint)
                #expect(drained.ending == .exited(1), "what is no video stays for a person")
                let statuses = try await pipeline.query("SELECT status FROM apps_db_video ORDER BY video_id")
                #expect(try statuses.map { try $0.string("status") } == ["COMPLETED", "FAILED"])

                // Again: nothing is sent, and the failed one is named.
                let again = try await reconcile(pipeline, service)
                #expect(try again["sent"].int() == 0)
                #expect(try again["completed"].int() == 1)
                #expect(try again["failed_objects"][0]["error"]["code"].string() == "not_a_video")
                #expect(try again["needs_person"].bool())
                #expect(try await pipeline.messages(in: pipeline.queue) == 0)
            }
        }
    }

    private func reconcile(_ pipeline: Pipeline, _ service: Pipeline.Service) async throws -> JSONNode {
        let result = try await TestProcess.run(
            try TestPaths.executable("batch-processor"),
            ["reconcile", "--format", "json", "--min-age-minutes", "0", "--worker-seconds", "0"],
            environment: try pipeline.drainEnvironment(endpoint: service.endpoint))
        #expect([.exited(0), .exited(1)].contains(result.ending), "\(result.standardError)")
        return try JSON(parsing: result.standardOutput).node
    }
}
