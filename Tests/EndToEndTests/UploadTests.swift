import AWS
import Foundation
import JSON
import PostgreSQL
import TestSupport
import Testing

/// A video put into the bucket ends as rows, and its message goes away.
@Suite struct UploadTests {
    /// 8 s of the sample at 10 frames a second, of which 5 a second are analysed.
    private static let seconds = 8

    @Test func anUploadedVideoEndsAsRowsOfEveryTable() async throws {
        let video = try await TestVideo.sample(seconds: Self.seconds)
        try await Pipeline.with { pipeline in
            try await pipeline.upload(video, as: "videos/test-001.mp4")
            let before = try await pipeline.s3.head(bucket: pipeline.bucket, key: "videos/test-001.mp4")
            try await pipeline.withService { service in
                let result = try await pipeline.drain(endpoint: service.endpoint)
                #expect(result.ending == .exited(0), "\(result.standardError)")
                try expectTheStoryInTheLog(result.standardError)
            }
            try await expectVideo(pipeline, before)
            try await expectAnalysis(pipeline)
            try await expectEvents(pipeline)
            try await expectTracks(pipeline)
            try await expectDepth(pipeline)
            try await expectDisplay(pipeline)
            try await expectEmbeddings(pipeline)
            try await expectVerificationQueries(pipeline)

            #expect(try await pipeline.messages(in: pipeline.queue) == 0)
            #expect(try await pipeline.messages(in: pipeline.deadLetters) == 0)
            #expect(try await pipeline.s3.head(bucket: pipeline.bucket, key: "videos/test-001.mp4") == before)
            let page = try await pipeline.s3.list(bucket: pipeline.bucket)
            #expect(page.entries.map(\.key) == ["videos/test-001.mp4"])
        }
    }

    @Test func aRepeatIsAnsweredWithoutAnotherAnalysis() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await Pipeline.with { pipeline in
            try await pipeline.withService { service in
                try await pipeline.upload(video, as: "videos/a b+c.mp4")
                #expect(try await pipeline.drain(endpoint: service.endpoint).ending == .exited(0))
                let first = try await pipeline.query(
                    "SELECT analysis_id, attempt, updated_at::text FROM apps_db_videoanalysis")
                let events = try await pipeline.number("SELECT count(*) FROM apps_db_event")

                // The same content under the same key: another message, the same object.
                try await pipeline.upload(video, as: "videos/a b+c.mp4")
                let repeated = try await pipeline.drain(endpoint: service.endpoint)
                #expect(repeated.ending == .exited(0), "\(repeated.standardError)")
                let second = try await pipeline.query(
                    "SELECT analysis_id, attempt, updated_at::text FROM apps_db_videoanalysis")
                #expect(second.count == 1)
                #expect(try second[0].int64("analysis_id") == first[0].int64("analysis_id"))
                #expect(try second[0].string("updated_at") == first[0].string("updated_at"))
                #expect(try await pipeline.number("SELECT count(*) FROM apps_db_event") == events)
                #expect(try await pipeline.query("SELECT video_id FROM apps_db_video")[0].string("video_id") == "a b+c")
                #expect(try await pipeline.messages(in: pipeline.queue) == 0)
            }
        }
    }

    // MARK: What is expected of 8 s of vtest.avi

    private func expectTheStoryInTheLog(_ text: String) throws {
        let log = try Pipeline.log(text)
        let saved = try #require(try log.first { try $0["message"].string() == "Rows saved" })
        // The queue's s3:TestEvent has lines of its own.
        let message = try saved["message.id"].string()
        let lines = try log.filter { try $0["message.id"].optionalString() == message }
        let story = ["Message received", "Rows saved", "Analysis completed", "Message deleted"]
        #expect(try lines.map { try $0["message"].string() }.filter(story.contains) == story)
    }

    private func expectVideo(_ pipeline: Pipeline, _ object: S3Object) async throws {
        let videos = try await pipeline.query("SELECT * FROM apps_db_video")
        try #require(videos.count == 1)
        let video = videos[0]
        #expect(try video.string("video_id") == "test-001")
        #expect(try video.string("s3_bucket") == pipeline.bucket)
        #expect(try video.string("s3_key") == "videos/test-001.mp4")
        #expect(try video.string("s3_etag") == object.etag)
        #expect(try video.optionalString("s3_sequencer") != nil)
        #expect(try video.int64("file_size") == object.size)
        #expect(try video.string("status") == "COMPLETED")
        #expect(abs(try video.double("duration") - Double(Self.seconds)) < 0.15)
        #expect(try video.int("width") == 768)
        #expect(try video.int("height") == 576)
        #expect(abs(try video.double("fps") - 10) < 0.01)
        #expect(try video.string("codec") == "h264")
        // libav's name of the demuxer for MP4 and QuickTime alike, or the file's own.
        #expect(["mov", "mp4"].contains(try video.string("container")))
        #expect(try video.int("rotation") == 0)
        #expect(try video.bool("has_audio") == false)
    }

    private func expectAnalysis(_ pipeline: Pipeline) async throws {
        let analyses = try await pipeline.query("SELECT * FROM apps_db_videoanalysis")
        try #require(analyses.count == 1)
        let analysis = analyses[0]
        #expect(try analysis.string("status") == "COMPLETED")
        #expect(try analysis.int("progress") == 100)
        #expect(try analysis.int("attempt") == 1)
        #expect(try analysis.int("frames_decoded") == Self.seconds * 10)
        #expect(try analysis.int("frames_analysed") == Self.seconds * 5)
        #expect(try analysis.optionalString("error_code") == nil)
        let counts = ["events", "tracks", "depth_data", "display_data", "frame_embeddings", "object_embeddings"]
        for (column, table) in zip(counts, Pipeline.tables) {
            let rows = try await pipeline.number("SELECT count(*) FROM \(table)")
            #expect(rows > 0, "\(table) is empty")
            #expect(try analysis.int(column) == rows)
            let foreign =
                "SELECT count(*) FROM \(table) t LEFT JOIN apps_db_videoanalysis a USING (video_id, analysis_id)"
            #expect(try await pipeline.number("\(foreign) WHERE a.analysis_id IS NULL") == 0)
        }
    }

    private func expectEvents(_ pipeline: Pipeline) async throws {
        let wrong = """
            SELECT count(*) FROM apps_db_event WHERE frame_number NOT BETWEEN 0 AND \(Self.seconds * 10 - 1)
              OR abs("timestamp" - frame_number / 10.0) > 0.01 OR confidence NOT BETWEEN 0 AND 1
              OR bbox[1] >= bbox[3] OR bbox[2] >= bbox[4]
              -- Who walks out of the picture has a box that reaches beyond its edge, never one that is outside of it.
              OR bbox[3] <= 0 OR bbox[4] <= 0 OR bbox[1] >= 768 OR bbox[2] >= 576
            """
        #expect(try await pipeline.number(wrong) == 0)
        // Several people are in the picture all the time.
        let people = "SELECT count(*) FROM apps_db_event WHERE class_name = 'person' AND class_id = 0"
        #expect(try await pipeline.number(people) > Self.seconds * 5)
        let tracked = "SELECT count(DISTINCT track_id) FROM apps_db_event WHERE track_id IS NOT NULL"
        #expect(try await pipeline.number(tracked) == pipeline.number("SELECT count(*) FROM apps_db_track"))
    }

    private func expectTracks(_ pipeline: Pipeline) async throws {
        #expect(try await pipeline.number("SELECT min(track_id) FROM apps_db_track") == 1)
        let wrong = """
            SELECT count(*) FROM apps_db_track t WHERE
              first_frame <> (SELECT min(frame_number) FROM apps_db_event e WHERE e.track_id = t.track_id)
              OR last_frame <> (SELECT max(frame_number) FROM apps_db_event e WHERE e.track_id = t.track_id)
              OR abs(last_timestamp - last_frame / 10.0) > 0.01
              OR jsonb_array_length(path) < 1 OR jsonb_array_length(path->0) <> 4
              OR (path->0->>0)::bigint <> first_frame
            """
        #expect(try await pipeline.number(wrong) == 0)
        // Somebody is followed for more than half of the time.
        #expect(try await pipeline.number("SELECT max(last_frame - first_frame) FROM apps_db_track") > Self.seconds * 5)
    }

    private func expectDepth(_ pipeline: Pipeline) async throws {
        // A map of the whole frame needs more people to measure the ground by than walk in a short clip.
        let maps = "SELECT count(*) FROM apps_db_depthdata WHERE (track_id IS NULL) <> (depth_map IS NOT NULL)"
        #expect(try await pipeline.number(maps) == 0)
        let png = "SELECT count(*) FROM apps_db_depthdata WHERE substring(depth_map, 1, 8) <> '\\x89504e470d0a1a0a'"
        #expect(try await pipeline.number(png) == 0)
        #expect(try await pipeline.number("SELECT count(*) FROM apps_db_depthdata WHERE track_id IS NOT NULL") > 0)
        let wrong = """
            SELECT count(*) FROM apps_db_depthdata WHERE NOT (avg_depth BETWEEN min_depth AND max_depth)
              OR area <= 0 OR area > 768 * 576 OR (track_id IS NULL) <> (bbox IS NULL) OR estimator = ''
              OR max_depth = 'Infinity' OR depth_variance = 'NaN'
            """
        #expect(try await pipeline.number(wrong) == 0)
        // Who stands lower in the picture is nearer: the foot point and the depth go against each other.
        let correlation = try await pipeline.query(
            "SELECT corr(bbox[4], avg_depth) AS r FROM apps_db_depthdata WHERE track_id IS NOT NULL")
        #expect(try correlation[0].double("r") < -0.5)
    }

    private func expectDisplay(_ pipeline: Pipeline) async throws {
        let kinds = try await pipeline.query("SELECT DISTINCT kind FROM apps_db_displaydata ORDER BY kind")
        #expect(
            try kinds.map { try $0.string("kind") } == [
                "contact_sheet", "frame", "heatmap", "timeline", "trajectories",
            ])
        let wrong = """
            SELECT count(*) FROM apps_db_displaydata WHERE original_width <> 768 OR original_height <> 576
              OR abs(width_ratio - display_width / 768.0) > 0.01 OR abs(height_ratio - display_height / 576.0) > 0.01
              OR (image IS NOT NULL AND NOT CASE media_type
                    WHEN 'image/png' THEN substring(image, 1, 4) = '\\x89504e47'
                    WHEN 'image/jpeg' THEN substring(image, 1, 3) = '\\xffd8ff' ELSE false END)
            """
        #expect(try await pipeline.number(wrong) == 0)
        #expect(try await pipeline.number("SELECT count(*) FROM apps_db_displaydata WHERE image IS NOT NULL") > 1)
    }

    private func expectEmbeddings(_ pipeline: Pipeline) async throws {
        for table in ["frame_embeddings", "object_embeddings"] {
            let wrong = "SELECT count(*) FROM \(table) WHERE abs(vector_norm(embedding) - 1) > 0.001 OR model = ''"
            #expect(try await pipeline.number(wrong) == 0)
            let sizes = "SELECT count(DISTINCT (model, vector_dims(embedding))) FROM \(table)"
            #expect(try await pipeline.number(sizes) == 1)
            // Real vectors differ from each other.
            let distinct = "SELECT count(DISTINCT embedding::text) FROM \(table)"
            #expect(try await pipeline.number(distinct) > 1)
        }
        let stray = """
            SELECT count(*) FROM object_embeddings e LEFT JOIN apps_db_track t USING (video_id, track_id)
            WHERE t.track_id IS NULL OR e.class_name <> t.class_name
              OR e.frame_number NOT BETWEEN t.first_frame AND t.last_frame
            """
        #expect(try await pipeline.number(stray) == 0)
    }

    /// As the documentation gives them to developers.
    private func expectVerificationQueries(_ pipeline: Pipeline) async throws {
        let video = try await pipeline.query(
            "SELECT video_id, title, duration, status FROM apps_db_video WHERE video_id = 'test-001'")
        #expect(video.count == 1)
        let events = try await pipeline.query(
            """
            SELECT frame_number, class_name, confidence, bbox FROM apps_db_event WHERE video_id = 'test-001'
            ORDER BY frame_number LIMIT 10
            """)
        #expect(events.count == 10)
        #expect(try events[0].floats("bbox").count == 4)
        let vector = try await pipeline.query(
            "SELECT frame_number, embedding::text AS v FROM frame_embeddings ORDER BY frame_number LIMIT 1")
        let nearest = try await pipeline.query(
            """
            SELECT video_id, frame_number, embedding <-> '\(try vector[0].string("v"))'::vector AS distance
            FROM frame_embeddings WHERE video_id = 'test-001' ORDER BY distance LIMIT 5
            """)
        #expect(nearest.count == 5)
        #expect(try nearest[0].int("frame_number") == vector[0].int("frame_number"))
        #expect(try nearest[0].double("distance") < 0.0001)
        let analysis = try await pipeline.query(
            "SELECT status, progress, created_at, updated_at FROM apps_db_videoanalysis WHERE video_id = 'test-001'")
        #expect(analysis.count == 1)
    }
}
