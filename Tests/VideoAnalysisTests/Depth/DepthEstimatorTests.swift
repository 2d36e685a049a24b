import Testing

@testable import VideoAnalysis

@Suite struct DepthEstimatorTests {
    private static let video = VideoDescription(
        width: 1280, height: 720, rotation: 0, duration: 60, fps: 5, codec: "h264", container: "mov", hasAudio: false)

    /// Two people walk away from a camera at 3 m; one thing stands on the ground among them.
    private func rows(panning: Bool) throws -> [DepthRow] {
        let scene = PinholeScene(focal: 1280, tiltDegrees: 10, cameraHeight: 3)
        let pattern = try texture()
        var estimator = try DepthEstimator(video: Self.video)
        for second in 0..<30 {
            let view = BoundingBox(x: panning ? Float(second * 40) : 0, y: 0, width: 1280, height: 720)
            let frame = DecodedFrame(
                frameNumber: Int64(second), timestamp: Double(second), image: try pattern.cropped(to: view))
            try estimator.see(frame)
            let people = (1...2).map { person in
                let ahead = 8 + Double(second) * 0.5 * Double(person)
                return object(scene, ahead: ahead, side: Double(person), tall: 1.7, id: person, .person)
            }
            let thing = object(scene, ahead: 12, side: -2, tall: 0.8, id: 3, .movingObject)
            let unsure = TrackedObject(detection: thing.detection, trackID: nil)
            try estimator.append(
                TrackedFrame(
                    frameNumber: frame.frameNumber, timestamp: frame.timestamp, objects: people + [thing, unsure]),
                wantsWholeFrame: true)
        }
        var rows: [DepthRow] = []
        try estimator.finish { row throws(VideoAnalysisError) in rows.append(row) }
        return rows
    }

    private func texture() throws -> Image {
        var random = LinearRandom()
        let coarse = try Image(
            width: 160, height: 45, format: .bgr8, bytes: (0..<160 * 45 * 3).map { _ in UInt8(random.next() * 255) })
        return try coarse.resized(width: 2560, height: 720)
    }

    private func object(
        _ scene: PinholeScene, ahead: Double, side: Double, tall: Double, id: Int, _ objectClass: ObjectClass
    ) -> TrackedObject {
        let foot = scene.pixel(side: side, ahead: ahead, above: 0)
        let head = scene.pixel(side: side, ahead: ahead, above: tall)
        let height = Float(foot.y - head.y)
        let box = BoundingBox(x: Float(foot.x) - height / 5, y: Float(head.y), width: height / 2.5, height: height)
        return TrackedObject(detection: Detection(box: box, confidence: 0.9, objectClass: objectClass), trackID: id)
    }

    @Test func aStillCameraOverPeopleGivesMetres() throws {
        let rows = try rows(panning: false)
        #expect(rows.allSatisfy { $0.unit == .metres && $0.estimator == GroundPlane.estimator })
        #expect(rows.count == 120)
        #expect(rows.count { $0.trackID == nil && $0.depthMap != nil && $0.bbox == nil } == 30)
        let thing = try #require(rows.first { $0.trackID == 3 })
        let truth = Float(157).squareRoot()
        #expect(abs(thing.averageDepth - truth) < 0.15 * truth)
        #expect(thing.minimumDepth < truth && truth < thing.maximumDepth)
        #expect(thing.depthVariance > 0)
        #expect(rows.map(\.frameNumber) == rows.map(\.frameNumber).sorted())
    }

    @Test func aMovingCameraNeverGivesMetres() throws {
        let rows = try rows(panning: true)
        #expect(rows.count == 60)
        #expect(rows.allSatisfy { $0.unit == .relative && $0.depthMap == nil && $0.trackID != nil })
        let far = try #require(rows.last { $0.trackID == 2 })
        let near = try #require(rows.last { $0.trackID == 1 })
        #expect(far.averageDepth > near.averageDepth)
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
            records.append(
                DepthSpill.Record(
                    frameNumber: Int64(index) << 33, timestamp: Double(index) / 7,
                    object: index % 3 == 0 ? nil : object))
        }
        for record in records { try spill.append(record) }
        var back: [DepthSpill.Record] = []
        try spill.forEach { record throws(VideoAnalysisError) in back.append(record) }
        #expect(back == records)
    }
}
