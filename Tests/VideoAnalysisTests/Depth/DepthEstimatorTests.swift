import Testing

@testable import VideoAnalysis

@Suite struct DepthEstimatorTests {
    private static let video = VideoDescription(
        width: 1280, height: 720, rotation: 0, duration: 60, fps: 5, codec: "h264", container: "mov", hasAudio: false)
    private static let scene = WalkedScene(
        camera: PinholeScene(focal: 1280, tiltDegrees: 10, cameraHeight: 3), people: 20, seed: 3)

    /// The people of a scene, and a thing 12 m ahead.
    private func rows(panning: Bool) throws -> [DepthRow] {
        let pattern = try texture()
        var estimator = try DepthEstimator(video: Self.video)
        let people = Self.scene.walk()
        let thing = TrackedObject(
            detection: Detection(box: thingBox, confidence: 0.9, objectClass: .movingObject), trackID: 1000)
        let unsure = TrackedObject(detection: thing.detection, trackID: nil)
        for step in 0..<260 {
            let timestamp = Double(step) / WalkedScene.framesPerSecond
            let isSample = step % 2 == 0
            if isSample {
                let view = BoundingBox(x: panning ? Float(step * 4) : 0, y: 0, width: 1280, height: 720)
                try estimator.see(
                    DecodedFrame(
                        frameNumber: Int64(step), timestamp: timestamp, image: try pattern.cropped(to: view)))
            }
            var objects = [thing, unsure]
            for person in people {
                guard let seen = person.boxes.first(where: { abs($0.timestamp - timestamp) < 0.25 }) else { continue }
                let detection = Detection(box: seen.box, confidence: 0.9, objectClass: .person)
                objects.append(TrackedObject(detection: detection, trackID: Int(person.trackID)))
            }
            try estimator.append(
                TrackedFrame(frameNumber: Int64(step), timestamp: timestamp, objects: objects), isSample: isSample)
        }
        var rows: [DepthRow] = []
        try estimator.finish { row throws(VideoAnalysisError) in rows.append(row) }
        return rows
    }

    private var thingBox: BoundingBox {
        let foot = Self.scene.camera.pixel(side: -2, ahead: 12, above: 0)
        return BoundingBox(x: Float(foot.x) - 20, y: Float(foot.y) - 80, width: 40, height: 80)
    }

    private func texture() throws -> Image {
        var random = LinearRandom()
        let coarse = try Image(
            width: 160, height: 45, format: .bgr8, bytes: (0..<160 * 45 * 3).map { _ in UInt8(random.next() * 255) })
        return try coarse.resized(width: 2560, height: 720)
    }

    @Test func aStillCameraOverPeopleGivesMetres() throws {
        let rows = try rows(panning: false)
        #expect(rows.allSatisfy { $0.unit == .metres && $0.estimator == GroundPlane.estimator })
        let frames = rows.filter { $0.trackID == nil }
        #expect(frames.count == 130)
        #expect(frames.allSatisfy { $0.depthMap != nil && $0.depthMapScale == 0.01 && $0.bbox == nil })
        let thing = try #require(rows.first { $0.trackID == 1000 })
        let truth = Float(157).squareRoot()
        #expect(abs(thing.averageDepth - truth) < 0.15 * truth)
        #expect(thing.minimumDepth < truth && truth < thing.maximumDepth)
        #expect(thing.depthVariance > 0)
        #expect(rows.map(\.frameNumber) == rows.map(\.frameNumber).sorted())
    }

    @Test func aMovingCameraNeverGivesMetres() throws {
        let rows = try rows(panning: true)
        #expect(!rows.isEmpty)
        #expect(rows.allSatisfy { $0.unit == .relative && $0.depthMap == nil && $0.trackID != nil })
        let high = try #require(rows.max { ($0.bbox?.height ?? 0) < ($1.bbox?.height ?? 0) })
        #expect(rows.allSatisfy { $0.averageDepth >= high.averageDepth && $0.trackID != 1000 })
    }

    @Test func withoutObjectsThereIsNothingToSay() throws {
        let estimator = try DepthEstimator(video: Self.video)
        var count = 0
        try estimator.finish { _ throws(VideoAnalysisError) in count += 1 }
        #expect(count == 0)
    }

    @Test func spillGivesBackWhatItGot() throws {
        let spill = try DepthSpill()
        var records: [DepthSpill.Record] = []
        for index in 0..<5000 {
            let box = BoundingBox(x1: Float(index), y1: -1.5, x2: .pi, y2: 1e20)
            let object = DepthSpill.Record.Object(trackID: Int32(index), isPerson: index % 3 == 1, box: box)
            var record = DepthSpill.Record(frameNumber: Int64(index) << 33, timestamp: Double(index) / 7)
            if index % 3 == 0 {
                if index % 2 == 0 { record.map = .init(lowest: -3, step: 0.5, pixels: [0, 65_535, UInt16(index)]) }
            } else {
                record.object = object
                if index % 2 == 0 {
                    record.statistics = .init(average: 1, lower: -2, upper: 3, variance: 4, share: 0.5)
                }
            }
            records.append(record)
        }
        for record in records { try spill.append(record) }
        var back: [DepthSpill.Record] = []
        try spill.forEach { record throws(VideoAnalysisError) in back.append(record) }
        #expect(back == records)
    }
}
