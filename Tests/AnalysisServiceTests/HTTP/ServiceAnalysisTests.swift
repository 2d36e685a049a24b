import AWS
import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@testable import AnalysisService

/// Analyses through the API: a real service, a real database, the S3 emulator, and a real video of two seconds.
@Suite struct ServiceAnalysisTests {
    private struct Stack {
        let service: RunningService
        let s3: S3Client
        let bucket: String
        let databaseURL: String

        func put(_ key: String, _ bytes: [UInt8]) async throws {
            _ = try await s3.put(bucket: bucket, key: key, body: bytes, contentType: "video/mp4")
        }

        func analyze(_ key: String, prefer: String? = nil, adding: [String: JSON] = [:]) async throws
            -> RunningService.Answer
        {
            let body: [String: JSON] = ["s3_bucket": .string(bucket), "s3_key": .string(key)]
            var headers = HTTPHeaders()
            if let prefer { headers.set("Prefer", prefer) }
            return try await service.post("/analyze", .object(body.merging(adding) { $1 }), headers: headers)
        }

        /// Follows an accepted analysis as the batch job does, so that no request is held open for long.
        func finished(_ accepted: RunningService.Answer) async throws -> JSONNode {
            let location = try #require(accepted.headers["Location"])
            return try await eventually("the end of the analysis", within: .seconds(300)) {
                let status = try await service.get(location).json
                return ["completed", "failed"].contains(try status["status"].string()) ? status : nil
            }
        }
    }

    private func withStack(
        _ variables: [String: String] = [:], _ body: (Stack) async throws -> Void
    ) async throws {
        try await TestAWS.with { aws in
            let bucket = try await aws.createBucket()
            try await TestDatabase.withDatabase { url in
                let own = try TestAWS.environment.merging(["DATABASE_URL": url, "S3_BUCKET_RAW": bucket]) { $1 }
                try await RunningService.with(own.merging(variables) { $1 }) { service in
                    try await eventually("readiness") { try await service.get("/ready").status == 200 }
                    try await body(
                        Stack(service: service, s3: S3Client(aws.client), bucket: bucket, databaseURL: url))
                }
            }
        }
    }

    @Test func aVideoIsAnalysedOnceAndItsRowsAreRead() async throws {
        let video = try Array(Data(contentsOf: URL(filePath: try await TestVideo.sample(seconds: 2))))
        try await withStack { stack in
            try await stack.put("videos/test-001.mp4", video)
            let accepted = try await stack.analyze("videos/test-001.mp4", prefer: "respond-async")
            #expect(accepted.status == 202)
            #expect(accepted.headers["Preference-Applied"] == "respond-async")
            #expect(accepted.headers["Retry-After"].flatMap { Int($0) } != nil)
            let status = try await stack.finished(accepted)
            #expect(try status["status"].string() == "completed", "\(status.value?.serialized() ?? "")")
            #expect(try status["events"].int() > 0)

            let repeated = try await stack.analyze("videos/test-001.mp4")
            #expect(repeated.status == 200)
            #expect(try repeated.json["analysis_id"].int() == status["analysis_id"].int())
            #expect(try repeated.json["video_id"].string() == "test-001")

            for list in ["events", "tracks", "depth", "display"] {
                let rows = try await stack.service.get("/videos/test-001/\(list)").json[list].array()
                #expect(!rows.isEmpty, "\(list)")
            }
            let found = try await stack.service.post("/search/frames", ["video_id": "test-001", "frame_number": 0])
            #expect(try found.json["frames"][0]["frame_number"].int() == 0)
            // The row is committed a moment before the outcome is counted.
            let metrics = try await eventually("the counted outcome") {
                let text = try await stack.service.get("/metrics").text
                return text.contains(#"framelake_analyses_total{outcome="completed"} 1"#) ? text : nil
            }
            #expect(metrics.contains("framelake_downloaded_bytes_total \(video.count)\n"))
            #expect(metrics.contains("framelake_stage_seconds_total{stage="))
            #expect(metrics.contains("framelake_frames_total \(try status["frames_decoded"].int())\n"))

            try await expectCommandsToShow(stack)
        }
    }

    private func expectCommandsToShow(_ stack: Stack) async throws {
        let executable = try TestPaths.executable("analysis-service")
        let environment = RunningService.offline.merging(["DATABASE_URL": stack.databaseURL]) { $1 }
        func run(_ arguments: String...) async throws -> TestProcess.Completion {
            try await TestProcess.run(executable, arguments, environment: environment)
        }
        let text = try await run("status", "test-001")
        #expect(text.ending == .exited(0) && text.standardOutput.contains("768 x 576"), "\(text)")
        let status = try await run("status", "test-001", "--format", "json")
        let document = try JSON(parsing: status.standardOutput).node
        #expect(try document["analyses"][0]["status"].string() == "completed")
        let search = try await run("search", "--like", "test-001", "--frame", "0", "--format", "json")
        #expect(try JSON(parsing: search.standardOutput).node["frames"][0]["frame_number"].int() == 0)
        let awaited = try await run("status", "test-001", "--wait", "60")
        #expect(awaited.ending == .exited(0), "\(awaited)")
        let otherVersion = try await run("status", "test-001", "--wait", "0", "--object-version", "none")
        #expect(otherVersion.ending == .exited(1) && otherVersion.standardError.contains("has ended in 0 s"))
        let unknown = try await run("status", "none")
        #expect(unknown.ending == .exited(1) && unknown.standardError.contains("no video none"))
        let migrated = try await run("migrate")
        #expect(migrated.standardOutput.contains("nothing to do"))
    }

    @Test func aPlainRequestIsAnsweredAfterTheCommitAndForceRunsAgain() async throws {
        let video = try Array(Data(contentsOf: URL(filePath: try await TestVideo.sample(seconds: 2))))
        try await withStack { stack in
            try await stack.put("videos/a.mp4", video)
            let first = try await stack.analyze("videos/a.mp4", adding: ["video_id": "own-id"])
            #expect(first.status == 200, "\(first.text)")
            #expect(try first.json["status"].string() == "success")
            #expect(try await stack.service.get("/videos/own-id").json["status"].string() == "COMPLETED")
            let forced = try await stack.analyze("videos/a.mp4", prefer: "respond-async", adding: ["force": true])
            #expect(forced.status == 202)
            let status = try await stack.finished(forced)
            #expect(try status["status"].string() == "completed")
            #expect(try status["analysis_id"].int() != first.json["analysis_id"].int())
            #expect(try status["video_id"].string() == "own-id")
        }
    }

    @Test func whatCannotBeAnalysedIsAClearProblem() async throws {
        try await withStack(["MAX_VIDEO_BYTES": "5000"]) { stack in
            try await stack.put("videos/text.mp4", Array("this is text, not a video".utf8))
            try await stack.put("videos/large.mp4", [UInt8](repeating: 0, count: 5001))
            for (key, adding, code) in [
                ("videos/none.mp4", [:] as [String: JSON], "object_not_found"),
                ("videos/text.mp4", ["s3_bucket": "other-bucket"], "bucket_not_allowed"),
                ("videos/text.mp4", ["etag": "0123456789abcdef0123456789abcdef"], "object_changed"),
                ("videos/large.mp4", [:], "too_large"), ("videos/text.mp4", [:], "not_a_video"),
            ] {
                let answer = try await stack.analyze(key, adding: adding)
                #expect(answer.code == code, "\(key): \(answer.text)")
            }
            let video = try await stack.service.get("/videos/text").json
            #expect(try video["status"].string() == "FAILED")
            #expect(try video["analysis"]["error"]["code"].string() == "not_a_video")
            #expect(try await stack.service.get("/videos/text/events").json["events"].array().isEmpty)
            #expect(try await stack.service.get("/analyses?status=failed").json["analyses"].array().count == 1)
        }
    }

    @Test func anUnreachableS3IsAProblemOfItsOwn() async throws {
        try await withStack(["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"]) { stack in
            let answer = try await stack.analyze("videos/a.mp4")
            #expect(answer.code == "s3_error")
        }
    }

    @Test func theDatabaseIsFoundByItsSecret() async throws {
        try await TestAWS.with { aws in
            try await TestDatabase.withDatabase { url in
                let parts = try #require(URLComponents(string: url))
                let secret: JSON = [
                    "engine": "postgres", "host": .string(try #require(parts.host)),
                    "port": .integer(Int64(try #require(parts.port))), "username": .string(parts.user ?? ""),
                    "password": .string(parts.password ?? ""), "dbname": .string(String(parts.path.dropFirst())),
                ]
                let arn = try await aws.createSecret(secret.serialized())
                let variables = try TestAWS.environment.merging(["DB_SECRET_ARN": arn]) { $1 }
                try await RunningService.with(variables) { service in
                    try await eventually("readiness") { try await service.get("/ready").status == 200 }
                    let password = try #require(parts.password)
                    #expect(!service.process.standardError.contains(password))
                }
                let wrong = try TestAWS.environment.merging(["DB_SECRET_ARN": arn + "-none"]) { $1 }
                try await RunningService.with(wrong) { service in
                    let ready = try await service.get("/ready")
                    #expect(ready.code == "database_unavailable")
                }
            }
        }
    }
}
