import Foundation
import Testing

@testable import VideoAnalysis

@Suite struct DisplayTests {
    private static let video = VideoDescription(
        width: 1280, height: 960, rotation: 0, duration: 12, fps: 5, codec: "h264", container: "mov", hasAudio: false)

    private func object(_ id: Int, x: Float, _ objectClass: ObjectClass = .person) -> TrackedObject {
        TrackedObject(
            detection: Detection(
                box: BoundingBox(x: x, y: 400, width: 80, height: 200), confidence: 0.75, objectClass: objectClass),
            trackID: id)
    }

    /// One person walks from left to right; a second one stands there from second 6 on.
    private func rows() throws -> [DisplayRow] {
        var display = try DisplayRenderer(video: Self.video, framesPerSecond: 5)
        var rows: [DisplayRow] = []
        for number in 0..<60 {
            let timestamp = Double(number) / 5
            let image = try Image.filled(width: 1280, height: 960, color: Color(red: 60, green: 90, blue: 60))
            var objects = [object(1, x: Float(number) * 18)]
            if timestamp >= 6 { objects.append(object(2, x: 300, .movingObject)) }
            let frame = DecodedFrame(frameNumber: Int64(number), timestamp: timestamp, image: image)
            try display.see(frame, objectCount: objects.count, isSample: number % 5 == 0)
            rows += try display.append(
                TrackedFrame(frameNumber: frame.frameNumber, timestamp: timestamp, objects: objects))
        }
        try display.ended(trackID: 1)
        try display.ended(trackID: 2)
        return try rows + display.finish()
    }

    private func overlay(_ row: DisplayRow) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(row.overlay.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func everyPictureIsOfItsSizeAndType() throws {
        let rows = try rows()
        #expect(rows.count { $0.kind == .frame } == 12)
        #expect(rows.suffix(4).map(\.kind) == [.heatmap, .trajectories, .timeline, .contactSheet])
        for row in rows {
            let image = try Image(decoding: try #require(row.image))
            #expect(image.size == [Int(row.displayWidth), Int(row.displayHeight)])
            #expect(row.mediaType == ([.frame, .contactSheet].contains(row.kind) ? "image/jpeg" : "image/png"))
            #expect(row.originalWidth == 1280 && row.originalHeight == 960)
            #expect(abs(row.widthRatio - Double(row.displayWidth) / 1280) < 1e-9)
            _ = try overlay(row)
        }
    }

    @Test func keyFramesHoldTheBoxesInDisplayCoordinates() throws {
        let row = try #require(try rows().last { $0.kind == .frame })
        #expect(row.displayWidth == 640 && row.displayHeight == 480)
        let boxes = try #require(try overlay(row)["boxes"] as? [[String: Any]])
        #expect(boxes.count == 2)
        #expect(boxes[1]["box"] as? [Double] == [150, 200, 190, 300])
        #expect(boxes[1]["class_name"] as? String == "moving_object")
        #expect(boxes[1]["track_id"] as? Int == 2)
        let image = try Image(decoding: try #require(row.image))
        // The box's left edge is drawn, what is beside it is not.
        #expect(image.pixel(150, 260) != image.pixel(100, 460))
        #expect(zip(image.pixel(100, 460), [60, 90, 60]).allSatisfy { abs($0 - $1) < 8 })
    }

    @Test func heatIsWhereObjectsStoodLongest() throws {
        let row = try #require(try rows().first { $0.kind == .heatmap })
        let image = try Image(decoding: try #require(row.image))
        let (standing, empty) = (image.pixel(170, 300), image.pixel(600, 60))
        #expect(empty == [60, 90, 60])
        #expect(standing[2] > standing[0])
        let seconds = try #require(try overlay(row)["maximum_seconds"] as? Double)
        #expect((5.9...8).contains(seconds))
    }

    @Test func trajectoriesAreDrawnAndListed() throws {
        let row = try #require(try rows().first { $0.kind == .trajectories })
        let tracks = try #require(try overlay(row)["tracks"] as? [[String: Any]])
        #expect(tracks.map { $0["track_id"] as? Int } == [1, 2])
        let path = try #require(tracks[0]["path"] as? [[Double]])
        #expect(path.first == [20, 300])
        #expect(path.last == [551, 300])
        let image = try Image(decoding: try #require(row.image))
        #expect(image.pixel(300, 300) != image.pixel(300, 200))
    }

    @Test func timelineCountsEachClass() throws {
        let row = try #require(try rows().first { $0.kind == .timeline })
        let overlay = try overlay(row)
        let classes = try #require(overlay["classes"] as? [String: [String: [Double]]])
        #expect(classes["person"]?["mean"] == Array(repeating: 1, count: 12))
        #expect(classes["moving_object"]?["maximum"] == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
        #expect(overlay["frames"] as? [Int] == Array(repeating: 5, count: 12))
    }

    @Test func aLongTimelineKeepsFewBins() throws {
        var timeline = Timeline()
        for second in 0..<10_000 { timeline.append([object(1, x: 0)], timestamp: Double(second)) }
        let row = try timeline.row(geometry: DisplayGeometry(originalWidth: 640, originalHeight: 480))
        let overlay = try overlay(row)
        let frames = try #require(overlay["frames"] as? [Int])
        #expect(frames.count <= 240)
        #expect(frames.reduce(0, +) == 10_000)
        #expect(overlay["seconds_per_bin"] as? Int == 64)
    }

    @Test func theContactSheetShowsTheKeyFramesInOrder() throws {
        let row = try #require(try rows().first { $0.kind == .contactSheet })
        let overlay = try overlay(row)
        let frames = try #require(overlay["frames"] as? [[String: Any]])
        let times = frames.compactMap { $0["timestamp"] as? Double }
        #expect(times.count == 12)
        #expect(times == times.sorted())
        #expect(overlay["columns"] as? Int == 5)
        #expect(overlay["rows"] as? Int == 3)
        let image = try Image(decoding: try #require(row.image))
        #expect(image.width <= 1280)
        let boxes = frames.compactMap { $0["box"] as? [Int] }
        let last = try #require(boxes.last)
        #expect(last[2] <= image.width && last[3] <= image.height)
        // The second object's left edge in the last frame: drawn there, and not in the first frame.
        let scale = Double(last[2] - last[0]) / 1280
        let (x, y) = (Int(300 * scale), Int(500 * scale))
        let paper = image.pixel(boxes[0][0] + x, boxes[0][1] + y)
        let edge = image.pixel(last[0] + x, last[1] + y)
        #expect(zip(paper, [60, 90, 60]).allSatisfy { abs($0 - $1) < 10 })
        #expect(zip(edge, paper).contains { abs($0 - $1) > 60 })
    }

    @Test func theContactSheetOfALongVideoStaysSmall() throws {
        let geometry = DisplayGeometry(originalWidth: 64, originalHeight: 48)
        var sheet = ContactSheet(geometry: geometry)
        let image = try Image.filled(width: 64, height: 48, color: .white)
        for number in 0..<1000 {
            try sheet.append(
                TrackedFrame(frameNumber: Int64(number), timestamp: Double(number) * 20, objects: []), image: image)
        }
        let row = try #require(try sheet.row())
        let frames = try #require(try overlay(row)["frames"] as? [[String: Any]])
        #expect((15...30).contains(frames.count))
        #expect(frames.first?["timestamp"] as? Double == 0)
        let last = try #require(frames.last?["timestamp"] as? Double)
        #expect(last > 18_000)
    }

    @Test func labelsOfObjectsSideBySideDoNotCoverEachOther() throws {
        let geometry = DisplayGeometry(originalWidth: 320, originalHeight: 240)
        let objects = [object(1, x: 100), object(2, x: 110)].map { object in
            var object = object
            object.detection.box = BoundingBox(x: object.detection.box.x1, y: 100, width: 20, height: 40)
            return object
        }
        let image = try Image.filled(width: 320, height: 240, color: .black)
        let picture = try image.drawing { canvas throws(VideoAnalysisError) in
            try ObjectLabel.draw(objects.map { ObjectLabel($0, geometry: geometry) }, on: canvas)
        }
        // The first one's text is above, the second one's below.
        #expect(picture.pixel(101, 90) != [0, 0, 0])
        #expect(picture.pixel(140, 150) != [0, 0, 0])
    }

    @Test(
        arguments: [
            (0, "0:00", "0:00.0"), (79.55, "1:19", "1:19.6"), (3599.99, "59:59", "1:00:00.0"),
            (7384.2, "2:03:04", "2:03:04.2"),
            (-3, "0:00", "0:00.0"), (.nan, "-", "-"), (1e300, "-", "-"),
        ] as [(Double, String, String)])
    func timesReadAsInPlayers(seconds: Double, whole: String, tenths: String) {
        #expect(clockTime(seconds) == whole)
        #expect(clockTime(seconds, tenths: true) == tenths)
    }

    @Test(arguments: [(2, 2), (1, 1), (5000, 3), (3, 5000), (641, 481)])
    func pictureSizesOfAnyShapeWork(width: Int, height: Int) throws {
        let video = VideoDescription(
            width: width, height: height, rotation: 0, duration: 0, fps: 0, codec: "x", container: "x", hasAudio: false)
        var display = try DisplayRenderer(video: video, framesPerSecond: 5)
        let frame = DecodedFrame(
            frameNumber: 0, timestamp: 0, image: try Image.filled(width: width, height: height, color: .white))
        try display.see(frame, objectCount: 0, isSample: true)
        var rows = try display.append(TrackedFrame(frameNumber: 0, timestamp: 0, objects: [object(1, x: 0)]))
        rows += try display.finish()
        #expect(rows.map(\.kind) == [.frame, .heatmap, .trajectories, .timeline, .contactSheet])
        #expect(rows.prefix(3).allSatisfy { $0.displayWidth <= 640 && $0.displayHeight <= 720 })
    }
}
