import AWS
import Foundation
import HTTP
import JSON
import Logging
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

/// Deletion, removals and the inventory through the API, with real objects on the emulator.
@Suite struct ServiceRemovalTests {
    private struct Stack {
        let service: RunningService
        let fixture: StoreFixture
        let s3: S3Client
        let bucket: String

        /// Stores rows for an object as if the service had analysed it.
        func analysed(_ key: String, etag: String, sequencer: String? = nil) async throws {
            let source = SourceObject(
                bucket: bucket, key: key, etag: etag, sequencer: sequencer, size: 1000)
            try await fixture.publish(try await fixture.claimed(source))
        }

        func removed(_ key: String, _ sequencer: String?) async throws -> JSONNode {
            var body: [String: JSON] = ["s3_bucket": .string(bucket), "s3_key": .string(key)]
            body["sequencer"] = sequencer.map(JSON.string)
            return try await service.post("/removals", .object(body)).json
        }
    }

    private func withStack(
        _ variables: [String: String] = [:], _ body: (Stack) async throws -> Void
    ) async throws {
        try await withStore { fixture in
            try await TestAWS.with { aws in
                let bucket = try await aws.createBucket()
                let own = try TestAWS.environment.merging([
                    "DATABASE_URL": fixture.databaseURL, "S3_BUCKET_RAW": bucket, "MAX_VIDEO_BYTES": "5000",
                ]) { $1 }
                try await RunningService.with(own.merging(variables) { $1 }) { service in
                    try await eventually("readiness") { try await service.get("/ready").status == 200 }
                    try await body(
                        Stack(
                            service: service, fixture: fixture, s3: S3Client(aws.client), bucket: bucket))
                }
            }
        }
    }

    @Test func aVideoIsDeletedOnceAndThenUnknown() async throws {
        try await withStack(["INTERNAL_TOKEN": "secret"]) { stack in
            try await stack.analysed("videos/a/b.mp4", etag: "e")
            #expect(try await stack.service.send("DELETE", "/videos/a%2Fb").code == "unauthorized")
            let token = ["X-Internal-Token": "secret"] as HTTPHeaders
            #expect(try await stack.service.send("DELETE", "/videos/a%2Fb?x=1", headers: token).code == "bad_request")
            #expect(try await stack.fixture.rowCounts("a/b") == SpoolSample().counts)
            #expect(try await stack.service.send("DELETE", "/videos/a%2Fb", headers: token).status == 204)
            #expect(try await stack.fixture.rowCounts("a/b") == [0, 0, 0, 0, 0, 0])
            #expect(try await stack.service.send("DELETE", "/videos/a%2Fb", headers: token).code == "not_found")
            #expect(try await stack.service.send("DELETE", "/videos", headers: token).code == "method_not_allowed")
        }
    }

    @Test func theDeleteCommandAsksFirst() async throws {
        try await withStack { stack in
            try await stack.analysed("videos/test-001.mp4", etag: "e")
            let executable = try TestPaths.executable("analysis-service")
            let environment = try TestAWS.childEnvironment(adding: ["DATABASE_URL": stack.fixture.databaseURL])
            let asked = try await TestProcess.run(executable, ["delete", "test-001"], environment: environment)
            #expect(asked.ending == .exited(1))
            #expect(asked.standardError.contains("not confirmed"))
            #expect(try await stack.fixture.rowCounts() == SpoolSample().counts)
            let done = try await TestProcess.run(
                executable, ["delete", "test-001", "--yes"], environment: environment)
            #expect(done.ending == .exited(0), "\(done.standardError)")
            #expect(done.standardOutput == "Video test-001 was deleted.\n")
            #expect(try await stack.fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            let again = try await TestProcess.run(
                executable, ["delete", "test-001", "--yes"], environment: environment)
            #expect(again.ending == .exited(1))
            #expect(again.standardError.contains("there is no video test-001"))
        }
    }

    @Test func aRemovedObjectsVideoIsMarkedWhenTheBucketHasItNoMore() async throws {
        try await withStack { stack in
            let key = "videos/test-001.mp4"
            try await stack.s3.put(bucket: stack.bucket, key: key, body: [1, 2, 3])
            try await stack.analysed(key, etag: "e", sequencer: "0A")
            // An older version was removed; the video is there.
            #expect(try await stack.removed(key, "0B")["outcome"].string() == "present")
            #expect(try await stack.service.get("/videos/test-001").json["source_deleted_at"].exists == false)

            let gone = "videos/gone.mp4"
            try await stack.analysed(gone, etag: "e", sequencer: "0A")
            #expect(try await stack.removed(gone, "09")["outcome"].string() == "superseded")
            let marked = try await stack.removed(gone, "0B")
            #expect(try marked["outcome"].string() == "marked")
            #expect(try marked["video_id"].string() == "gone")
            #expect(try await stack.service.get("/videos/gone").json["source_deleted_at"].exists)
            #expect(try await stack.fixture.rowCounts("gone") == SpoolSample().counts)
            let listed = try await stack.service.get("/videos?source_deleted=true").json["videos"].array()
            #expect(try listed.map { try $0["video_id"].string() } == ["gone"])
            #expect(try await stack.service.get("/videos?source_deleted=maybe").code == "bad_request")
            #expect(try await stack.service.get("/videos?status=COMPLETED").json["videos"].array().count == 2)
            #expect(try await stack.removed("videos/never.mp4", nil)["outcome"].string() == "unknown")
        }
    }

    @Test func anUploadWhoseObjectWasRemovedSinceIsSuperseded() async throws {
        try await withStack { stack in
            func upload(_ key: String, _ sequencer: String) async throws -> String? {
                try await stack.service.post(
                    "/analyze",
                    ["s3_bucket": .string(stack.bucket), "s3_key": .string(key), "sequencer": .string(sequencer)]
                ).code
            }
            let key = "videos/gone.mp4"
            #expect(try await upload(key, "0A") == "object_not_found")
            let removal = try await stack.removed(key, "0B")
            #expect(try removal["outcome"].string() == "unknown")
            #expect(try await upload(key, "0A") == "superseded")
            #expect(try await upload(key, "0C") == "object_not_found")
            #expect(try await upload("videos/other.mp4", "0A") == "object_not_found")
        }
    }

    @Test func rowsGoWithTheSourceWhenTheServiceIsToldSo() async throws {
        try await withStack(["DELETE_WITH_SOURCE": "true"]) { stack in
            try await stack.analysed("videos/test-001.mp4", etag: "e", sequencer: "0A")
            #expect(try await stack.removed("videos/test-001.mp4", "0B")["outcome"].string() == "deleted")
            #expect(try await stack.service.get("/videos/test-001").code == "not_found")
            #expect(try await stack.fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
        }
    }

    @Test(arguments: [
        #"{"s3_bucket":"other","s3_key":"k"}"#, #"{"s3_bucket":"BUCKET"}"#, #"{"s3_bucket":"BUCKET","s3_key":""}"#,
        #"{"s3_bucket":"BUCKET","s3_key":"k","x":1}"#, #"{"s3_bucket":"BUCKET","s3_key":"k\u0000"}"#, "[", "",
    ])
    func aRemovalThatCannotBeUnderstoodIsRefused(body: String) async throws {
        try await withStack { stack in
            let text = body.replacing("BUCKET", with: stack.bucket)
            let answer = try await stack.service.send("POST", "/removals", body: Array(text.utf8))
            #expect(["bad_request", "bucket_not_allowed"].contains(answer.code))
        }
    }

    @Test func theInventoryJudgesObjectsOfAPage() async throws {
        try await withStack { stack in
            try await stack.analysed("videos/a.mp4", etag: "e")
            func object(_ key: String, size: Int64 = 1000) -> JSON {
                ["s3_key": .string(key), "etag": "e", "size": .integer(size)]
            }
            func ask(_ objects: [JSON]) async throws -> RunningService.Answer {
                try await stack.service.post(
                    "/inventory", ["s3_bucket": .string(stack.bucket), "objects": .array(objects)])
            }
            let answer = try await ask([
                object("videos/a.mp4"), object("videos/b.mp4"), object("videos/empty.mp4", size: 0),
                object("videos/huge.mp4", size: 5001),
            ]).json["objects"].array()
            #expect(try answer.map { try $0["state"].string() } == ["completed", "missing", "refused", "refused"])
            #expect(try answer[2]["error"]["code"].string() == "not_a_video")
            #expect(try answer[3]["error"]["code"].string() == "too_large")
            let refused = try await ask([
                object("videos/a", size: 7), object("videos/tab\t.mp4", size: 7),
                ["s3_key": "videos/c.mp4", "etag": "e", "size": 7, "video_id": "a"],
            ]).json["objects"].array()
            #expect(try refused.map { try $0["state"].string() } == ["refused", "refused", "refused"])
            #expect(try refused[0]["error"]["detail"].string().contains("videos/a.mp4"))
            #expect(try refused[1]["error"]["detail"].string().contains("control character"))
            #expect(try await ask([]).json["objects"].array().isEmpty)
            // A full page of long keys fits.
            let long = String(repeating: "é", count: 500)
            let page = try await ask((0..<1000).map { object("\(long)\($0)") })
            #expect(try page.json["objects"].array().count == 1000)
            #expect(try await ask((0..<1001).map { object("k\($0)") }).code == "bad_request")
        }
    }

    @Test func theInventoryAsksS3ForObjectsWithoutASize() async throws {
        try await withStack { stack in
            try await stack.analysed("videos/a.mp4", etag: "e")
            for (key, size) in [("videos/b.mp4", 3), ("videos/empty.mp4", 0), ("videos/huge.mp4", 5001)] {
                try await stack.s3.put(bucket: stack.bucket, key: key, body: [UInt8](repeating: 1, count: size))
            }
            func ask(_ objects: [JSON]) async throws -> RunningService.Answer {
                try await stack.service.post(
                    "/inventory", ["s3_bucket": .string(stack.bucket), "objects": .array(objects)])
            }
            let names = ["a", "b", "empty", "huge", "gone"]
            let answer = try await ask(names.map { ["s3_key": .string("videos/\($0).mp4")] }).json["objects"].array()
            #expect(
                try answer.map { try $0["state"].string() }
                    == ["completed", "missing", "refused", "refused", "refused"])
            #expect(
                try answer[2...].map { try $0["error"]["code"].string() }
                    == ["not_a_video", "too_large", "object_not_found"])
            let other = try await ask([["s3_key": "videos/b.mp4", "etag": "another"]]).json["objects"].array()
            #expect(try other[0]["error"]["code"].string() == "object_changed")
            #expect(try await ask((0..<101).map { ["s3_key": .string("k\($0)")] }).code == "bad_request")
        }
    }
}
