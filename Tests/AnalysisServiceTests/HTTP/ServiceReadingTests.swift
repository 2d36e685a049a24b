import AnalysisAPI
import Foundation
import HTTP
import JSON
import Logging
import PostgreSQL
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

/// What the service answers from stored rows. Every answer is checked against docs/openapi.yaml as it arrives.
@Suite struct ServiceReadingTests {
    /// A service on a database of its own, and a store to fill it.
    private func withService(
        _ variables: [String: String] = [:], _ body: (RunningService, StoreFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.withDatabase { url in
            try await TestPaths.withFolder { folder in
                let pool = PostgreSQLPool(size: 2, logger: Logger(label: "test")) {
                    try PostgreSQLConfiguration(url: url)
                }
                do {
                    let variables = ["DATABASE_URL": url].merging(variables) { $1 }
                    try await RunningService.with(variables) { service in
                        try await eventually("readiness") { try await service.get("/ready").status == 200 }
                        let store = AnalysisStore(pool: pool)
                        let fixture = StoreFixture(store: store, pool: pool, folder: folder, databaseURL: url)
                        try await body(service, fixture)
                    }
                    await pool.close()
                } catch {
                    await pool.close()
                    throw error
                }
            }
        }
    }

    @Test func aStartedServiceInstallsTheSchemaAndIsReady() async throws {
        try await withService { service, _ in
            let ready = try await service.get("/ready").json
            #expect(try ready["schema_version"].int() == AnalysisSchema.migrations.last?.version)
            for (path, name) in [("/videos", "videos"), ("/analyses", "analyses")] {
                let page = try await service.get(path).json
                #expect(try page[name].array().isEmpty)
                #expect(page["next"].value == .null)
            }
            let nothing = try await service.post("/search/frames", ["vector": [1, 0, 0]]).json
            #expect(try nothing["frames"].array().isEmpty)
            for path in ["/videos/none", "/videos/none/events", "/videos/none/display/1/image", "/analyses/1"] {
                #expect(try await service.get(path).code == "not_found")
            }
        }
    }

    @Test func theHealthCommandAsksTheServiceBesideIt() async throws {
        try await withService { service, _ in
            let executable = try TestPaths.executable("analysis-service")
            let alive = try await TestProcess.run(executable, ["health", "--port", "\(service.port)"])
            #expect(alive.ending == .exited(0), "\(alive.standardError)")
            #expect(alive.standardOutput == "ok\n")
            let dead = try await TestProcess.run(executable, ["health"], environment: ["PORT": "1"])
            #expect(dead.ending == .exited(1))
            #expect(dead.standardError.contains("the service does not answer"))
        }
    }

    @Test func storedRowsAreReadInPages() async throws {
        try await withService { service, fixture in
            let claim = try await fixture.claimed()
            try await fixture.publish(claim, SpoolSample(frames: 3))
            let video = try await service.get("/videos/test-001").json
            #expect(try video["status"].string() == "COMPLETED")
            #expect(try video["width"].int() == 640)
            #expect(try video["analysis"]["status"].string() == "completed")
            let counts = ["events": 6, "tracks": 2, "depth": 9, "display": 4]
            for (list, count) in counts {
                var found: [JSON] = []
                var after = ""
                repeat {
                    let page = try await service.get("/videos/test-001/\(list)?limit=2\(after)").json
                    let rows = try page[list].array().compactMap(\.value)
                    #expect((1...2).contains(rows.count))
                    found += rows
                    after = try page["next"].optionalString().map { "&after=\($0)" } ?? "end"
                } while after != "end" && found.count <= count
                #expect(found.count == count, "\(list)")
                let whole = try await service.get("/videos/test-001/\(list)").json
                #expect(whole[list].value == .array(found))
            }
            let event = try await service.get("/videos/test-001/events?limit=1").json["events"][0]
            #expect(try event["bbox"].array().map { try $0.double() } == [10, 20, 30.5, 60])
            #expect(try await service.get("/analyses/\(claim.analysisID)").json["progress"].int() == 100)
            #expect(
                try await service.get("/analyses?status=completed&video_id=test-001").json["analyses"].array().count
                    == 1)
            #expect(try await service.get("/analyses?status=failed").json["analyses"].array().isEmpty)
        }
    }

    @Test func filtersNarrowWhatIsRead() async throws {
        try await withService { service, fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 3, confidence: 0.9))
            let expected = [
                ("events?class_name=person", "events", 3), ("events?track_id=1", "events", 3),
                ("events?min_confidence=0.8", "events", 3), ("events?from=0.2&to=0.4", "events", 2),
                ("events?class_name=car", "events", 0), ("tracks?class_name=person", "tracks", 2),
                ("tracks?class_name=car", "tracks", 0), ("depth?track_id=2", "depth", 3),
                ("display?kind=timeline", "display", 1), ("display?kind=heatmap", "display", 0),
            ]
            for (path, name, count) in expected {
                let page = try await service.get("/videos/test-001/\(path)").json
                #expect(try page[name].array().count == count, "\(path)")
            }
        }
    }

    @Test func aCursorOfAnotherListIsABadRequest() async throws {
        try await withService { service, fixture in
            try await fixture.publish(try await fixture.claimed())
            let next = try await service.get("/videos/test-001/events?limit=1").json["next"].string()
            for after in [next, "x", "%25%25"] {
                let answer = try await service.get("/videos/test-001/tracks?after=\(after)")
                #expect(answer.code == "bad_request")
            }
        }
    }

    @Test func aPictureComesWithItsMediaTypeAndIsNotSentTwice() async throws {
        try await withService { service, fixture in
            try await fixture.publish(try await fixture.claimed())
            let items = try await service.get("/videos/test-001/display").json["display"].array()
            let path = try items[0]["image"].string()
            let image = try await service.get(path)
            #expect(image.headers["Content-Type"] == "image/jpeg")
            #expect(image.bytes == [0xff, 0xd8, 0])
            let tag = try #require(image.headers["ETag"])
            let second = try await service.get(path, headers: ["If-None-Match": tag])
            #expect(second.status == 304 && second.bytes.isEmpty)
            #expect(try await service.send("HEAD", path).status == 200)
            // The timeline has no picture, and another video's picture is not this one's.
            let timeline = try items[3]["display_id"].int()
            #expect(try items[3]["image"].optionalString() == nil)
            #expect(try await service.get("/videos/test-001/display/\(timeline)/image").code == "not_found")
            let other = path.replacing("test-001", with: "test-002")
            #expect(try await service.get(other).code == "not_found")
        }
    }

    @Test(arguments: ["2024/autumn/a b.mov", "한국어", "100%+1", "a?b#c&d=e", "..", "'quoted\""])
    func anIDOfAnyCharactersIsEscapedInThePath(videoID: String) async throws {
        try await withService { service, fixture in
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("k", videoID: videoID)))
            let path = "/videos/\(videoID.percentEncodedSegment)"
            #expect(try await service.get(path).json["video_id"].string() == videoID)
            #expect(try await service.get("\(path)/events").json["events"].array().count == 6)
            let image = try await service.get("\(path)/display").json["display"][0]["image"].string()
            #expect(try await service.get(image).status == 200)
        }
    }

    @Test func framesAreFoundByFrameVectorAndPicture() async throws {
        try await withService { service, fixture in
            let descriptor = ImageDescriptor(of: .frames)
            let pictures = try [20, 120, 220].map { try Self.picture(shade: $0) }
            let vectors = try pictures.map { try descriptor.embed($0) }
            let sample = SpoolSample(frames: 3, model: descriptor.modelName, vector: { vectors[$0 % 3] })
            try await fixture.publish(try await fixture.claimed(), sample)

            let byFrame = try await service.post(
                "/search/frames", ["video_id": "test-001", "frame_number": 5, "limit": 2])
            #expect(try byFrame.json["frames"].array().count == 2)
            #expect(try byFrame.json["frames"][0]["frame_number"].int() == 5)
            #expect(try byFrame.json["frames"][0]["distance"].double() < 1e-5)

            let numbers = JSON.array(vectors[2].map { .number(Double($0)) })
            let byVector = try await service.post(
                "/search/frames", ["vector": numbers, "filter": ["class_name": "person"]])
            #expect(try byVector.json["frames"][0]["frame_number"].int() == 10)
            let none = try await service.post("/search/frames", ["vector": numbers, "filter": ["video_id": "other"]])
            #expect(try none.json["frames"].array().isEmpty)

            let byPicture = try await service.send(
                "POST", "/search/frames?limit=1&video_id=test-001", headers: ["Content-Type": "image/png"],
                body: try pictures[1].encodedPNG())
            #expect(try byPicture.json["frames"].array().count == 1)
            #expect(try byPicture.json["frames"][0]["frame_number"].int() == 5)

            let late = try await service.send(
                "POST", "/search/frames?from=0.3&to=9", headers: ["Content-Type": "image/png"],
                body: try pictures[1].encodedPNG())
            #expect(try late.json["frames"].array().map { try $0["frame_number"].int() } == [10])

            let missing = try await service.post("/search/frames", ["video_id": "test-001", "frame_number": 6])
            #expect(missing.code == "not_found")
            #expect(missing.text.contains("nearest frame that has one is 5"))
            for (body, part) in [
                (["vector": [1, 0]] as JSON, "512"), (["vector": numbers, "model": "none"], "none"),
            ] {
                let answer = try await service.post("/search/frames", body)
                #expect(answer.code == "bad_request")
                #expect(answer.text.contains(part))
            }
        }
    }

    @Test func objectsAreFoundByTrackVectorAndPicture() async throws {
        try await withService { service, fixture in
            let descriptor = ImageDescriptor(of: .objects)
            let pictures = try [20, 120, 220].map { try Self.picture(shade: $0) }
            let vectors = try pictures.map { try descriptor.embed($0) }
            let sample = SpoolSample(frames: 3, model: descriptor.modelName, vector: { vectors[$0 % 3] })
            try await fixture.publish(try await fixture.claimed(), sample)

            let byTrack = try await service.post("/search/objects", ["video_id": "test-001", "track_id": 2])
            #expect(try byTrack.json["objects"].array().map { try $0["track_id"].int() } == [2, 1])
            #expect(try byTrack.json["objects"][0]["bbox"].array().count == 4)
            let byPicture = try await service.send(
                "POST", "/search/objects?limit=1&class_name=person", headers: ["Content-Type": "image/png"],
                body: try pictures[1].encodedPNG())
            #expect(try byPicture.json["objects"].array().map { try $0["track_id"].int() } == [1])
            let cars = try await service.post(
                "/search/objects", ["video_id": "test-001", "track_id": 2, "filter": ["class_name": "car"]])
            #expect(try cars.json["objects"].array().isEmpty)
            #expect(try await service.post("/search/objects", ["video_id": "b", "track_id": 1]).code == "not_found")
            for body in [
                ["video_id": "test-001", "frame_number": 5] as JSON, ["video_id": "test-001", "track_id": 0],
            ] {
                #expect(try await service.post("/search/objects", body).code == "bad_request")
            }
        }
    }

    /// A gray picture with a bright square, whose place tells the pictures apart.
    private static func picture(shade: Int) throws -> Image {
        var bytes = [UInt8](repeating: 90, count: 96 * 96 * 3)
        for row in 0..<30 {
            for column in 0..<30 {
                for channel in 0..<3 {
                    let x = (column + shade / 4) % 96
                    bytes[((row + shade / 5) * 96 + x) * 3 + channel] = UInt8(channel * 80 + 60)
                }
            }
        }
        return try Image(width: 96, height: 96, format: .bgr8, bytes: bytes)
    }

    @Test func theServiceRecoversByItselfWhenTheDatabaseComes() async throws {
        try await TestDatabase.withDatabase { url in
            // Renamed away, the database is not there; named back, it is.
            let name = try #require(URL(string: url)?.lastPathComponent)
            let server = try TestEnvironment.databaseURL
            try await TestDatabase.query("ALTER DATABASE \(name) RENAME TO \(name)_away", on: server)
            do {
                try await RunningService.with(["DATABASE_URL": url]) { service in
                    #expect(try await service.get("/ready").code == "database_unavailable")
                    #expect(try await service.get("/videos").code == "database_unavailable")
                    try await TestDatabase.query("ALTER DATABASE \(name)_away RENAME TO \(name)", on: server)
                    try await eventually("recovery") { try await service.get("/ready").status == 200 }
                    #expect(try await service.get("/videos").status == 200)
                }
            } catch {
                try await TestDatabase.query("DROP DATABASE IF EXISTS \(name)_away WITH (FORCE)", on: server)
                try await TestDatabase.query("CREATE DATABASE \(name)", on: server)
                throw error
            }
        }
    }
}
