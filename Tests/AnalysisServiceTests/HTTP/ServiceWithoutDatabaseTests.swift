import Foundation
import HTTP
import JSON
import TestSupport
import Testing

/// What the service answers by itself: nothing it depends on is there.
@Suite struct ServiceWithoutDatabaseTests {
    @Test func itLivesIsNotReadyAndSaysWhy() async throws {
        try await RunningService.with([:]) { service in
            let health = try await service.get("/health")
            #expect(health.status == 200)
            let ready = try await service.get("/ready")
            #expect(ready.status == 503 && ready.code == "database_unavailable")
            for path in ["/videos", "/videos/a", "/analyses", "/analyses/1", "/videos/a/events"] {
                let answer = try await service.get(path)
                #expect(answer.code == "database_unavailable", "\(path)")
            }
            #expect(!service.process.standardError.contains("topsecret"))
        }
    }

    @Test func frameworkErrorsAreProblemsToo() async throws {
        try await RunningService.with([:]) { service in
            #expect(try await service.get("/nowhere").code == "not_found")
            #expect(try await service.get("/videos/a/b/c/d").code == "not_found")
            for (method, path, allowed) in [
                ("GET", "/analyze", "POST"), ("PUT", "/videos/a", "DELETE, GET, HEAD"), ("PUT", "/health", "GET, HEAD"),
            ] {
                let answer = try await service.send(method, path)
                #expect(answer.status == 405 && answer.code == "method_not_allowed")
                #expect(answer.headers["Allow"] == allowed)
            }
        }
    }

    @Test func badRequestsNameWhatIsWrong() async throws {
        try await RunningService.with([:]) { service in
            let bodies: [(String, String)] = [
                ("{", "bad_request"), (#"{"s3_key":"k"}"#, "s3_bucket: expected string, found nothing"),
                (#"{"s3_bucket":"raw","s3_key":7}"#, "s3_key: expected string, found integer"),
                (#"{"s3_bucket":"raw","s3_key":"k","froce":true}"#, "froce: unknown field"), ("", "bad_request"),
            ]
            for (body, detail) in bodies {
                let answer = try await service.send("POST", "/analyze", body: Array(body.utf8))
                #expect(answer.status == 400 && answer.code == "bad_request")
                #expect(answer.text.contains(detail), "\(answer.text)")
            }
            let paths: [(String, String)] = [
                ("/videos?limit=0", "limit: expected a whole number from 1 to 1000"), ("/videos?limit=x", "limit"),
                ("/videos?limit=1001", "limit"), ("/videos?limit=1&limit=2", "limit"), ("/videos?lmit=1", "lmit"),
                ("/videos?after=", "after"), ("/analyses?status=done", "pending, processing, completed, failed"),
                ("/videos?limit=%zz", "percent-encoded"), ("/analyses/abc", "analysis_id"),
                ("/analyses/0", "analysis_id"),
                ("/analyses/99999999999999999999", "analysis_id"), ("/videos/%ff", "video_id"),
                ("/videos/%00", "video_id"), ("/videos/a/events?min_confidence=1.5", "min_confidence"),
                ("/videos/a/events?min_confidence=nan", "min_confidence"), ("/videos/a/events?from=-1", "from"),
                ("/videos/a/display?kind=x", "kind"), ("/videos/a/display/x/image", "display_id"),
            ]
            for (path, detail) in paths {
                let answer = try await service.get(path)
                #expect(answer.status == 400 && answer.code == "bad_request", "\(path)")
                #expect(answer.text.contains(detail), "\(path): \(answer.text)")
            }
            let searches: [(JSON, String)] = [
                ([:], "frame_number"), (["video_id": "a", "frame_number": -1], "frame_number"),
                (["vector": []], "vector"), (["vector": [1, "x"]], "vector[1]"),
                (["vector": [1], "video_id": "a"], "vector"), (["vector": [1], "limit": 0], "limit"),
                (["vector": [1], "filter": ["vidoe_id": "a"]], "filter.vidoe_id"), (["vector": [1e39]], "vector[0]"),
            ]
            for (body, detail) in searches {
                let answer = try await service.post("/search/frames", body)
                #expect(answer.status == 400 && answer.code == "bad_request", "\(body)")
                #expect(answer.text.contains(detail), "\(body): \(answer.text)")
            }
            for (type, bytes) in [("image/png", Array("not a picture".utf8)), ("text/plain", []), ("image/jpeg", [])] {
                let answer = try await service.send(
                    "POST", "/search/frames", headers: ["Content-Type": type], body: bytes)
                #expect(answer.status == 400 && answer.code == "bad_request", "\(type)")
            }
        }
    }

    @Test func bodiesHaveLimits() async throws {
        try await RunningService.with([:]) { service in
            for (path, size) in [("/analyze", 70_000), ("/search/frames", 1_100_000)] {
                let answer = try await service.send("POST", path, body: [UInt8](repeating: 32, count: size))
                #expect(answer.status == 413 && answer.code == "too_large")
            }
            #expect(try await service.get("/health").status == 200)
        }
    }

    @Test func theTokenIsNeededForAllButOperation() async throws {
        try await RunningService.with(["INTERNAL_TOKEN": "right-token"]) { service in
            for path in ["/health", "/metrics"] { #expect(try await service.get(path).status == 200) }
            #expect(try await service.get("/ready").status == 503)
            for headers: HTTPHeaders in [[:], ["X-Internal-Token": "wrong"], ["X-Internal-Token": "right-token "]] {
                let isTrimmed = headers["X-Internal-Token"]?.hasSuffix(" ") == true
                let answer = try await service.get("/videos/a", headers: headers)
                // A space around a field's value is not part of it (RFC 9110, 5.5).
                #expect(answer.status == (isTrimmed ? 503 : 401))
            }
            #expect(try await service.get("/nowhere").code == "unauthorized")
            #expect(try await service.send("POST", "/analyze").code == "unauthorized")
            let right: HTTPHeaders = ["X-Internal-Token": "right-token"]
            #expect(try await service.get("/nowhere", headers: right).code == "not_found")
            #expect(!service.process.standardError.contains("right-token"))
        }
    }

    @Test func aCallersRequestIDIsKeptUnlessItCouldDisturbALog() async throws {
        try await RunningService.with([:]) { service in
            let kept = try await service.get("/health", headers: ["X-Request-Id": "job-1.a:b=c_d"])
            #expect(kept.headers["X-Request-Id"] == "job-1.a:b=c_d")
            let replaced = try await service.get("/health", headers: ["X-Request-Id": "a\"b"])
            #expect(replaced.headers["X-Request-Id"] != "a\"b")
            try await eventually("the log line") { service.process.standardError.contains("job-1.a:b=c_d") }
        }
    }

    @Test func metricsCountRequestsByRoute() async throws {
        try await RunningService.with([:]) { service in
            _ = try await service.get("/health")
            _ = try await service.get("/videos/one")
            _ = try await service.get("/videos/two")
            _ = try await service.get("/some/thing")
            let text = try await service.get("/metrics").text
            #expect(text.contains(#"framelake_http_requests_total{method="GET",route="/health",status="200"} 1"#))
            #expect(
                text.contains(#"framelake_http_requests_total{method="GET",route="/videos/{video_id}",status="503"} 2"#)
            )
            #expect(text.contains(#"framelake_http_requests_total{method="GET",route="unmatched",status="404"} 1"#))
            #expect(text.contains("# TYPE framelake_http_request_seconds histogram"))
            #expect(!text.contains("two"))
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func itEndsInOrderWhenItIsTold(signal: Int32) async throws {
        try await RunningService.with([:]) { service in
            service.process.signal(signal)
            let ending = try await service.process.wait()
            #expect(ending == .exited(0))
            #expect(service.process.standardError.contains("service stopped"))
        }
    }

    @Test(arguments: [
        (["S3_BUCKET_RAW": ""], "S3_BUCKET_RAW"), (["DATABASE_URL": ""], "DB_SECRET_ARN"),
        (["PORT": "x"], #"PORT is "x": expected a whole number from 0 to 65535"#), (["LOG_LEVEL": "loud"], "LOG_LEVEL"),
        (["DATABASE_URL": "mysql://user:topsecret@host/db"], "DATABASE_URL"), (["AWS_REGION": ""], "region"),
    ])
    func aWrongSettingEndsTheStartWithCode78(variables: [String: String], expected: String) async throws {
        let environment = RunningService.offline.merging(["S3_BUCKET_RAW": "raw", "PORT": "0", "HOST": "127.0.0.1"]) {
            $1
        }
        .merging(variables) { $1 }
        let result = try await TestProcess.run(
            try TestPaths.executable("analysis-service"), [], environment: environment)
        #expect(result.ending == .exited(78))
        #expect(result.standardError.contains(expected), "\(result.standardError)")
        #expect(!result.standardError.contains("topsecret"))
    }

    @Test func aTakenPortIsNamed() async throws {
        try await RunningService.with([:]) { service in
            let environment = RunningService.offline.merging(
                ["S3_BUCKET_RAW": "raw", "PORT": "\(service.port)", "HOST": "127.0.0.1"]) { $1 }
            let result = try await TestProcess.run(
                try TestPaths.executable("analysis-service"), [], environment: environment)
            #expect(result.ending != .exited(0))
            #expect(result.standardError.contains("\(service.port)"), "\(result.standardError)")
        }
    }
}
