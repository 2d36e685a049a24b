/// Depth without a model: the ground plane is fitted once the whole video is seen, then every object that was followed
/// gets its row.
///
/// With a still camera and people enough, rows are in metres with the uncertainty that the fit leaves. Without, people
/// get a `relative` depth from their height in the picture (twice as far, half as high), other things nothing.
struct DepthEstimator {
    static let relativeEstimator = "person-height"
    /// Doubling the stride keeps the samples of however long a video below this number.
    private static let mostSamples = 2048
    private static let sampleIntervalSeconds = 0.5

    private let width: Double
    private let height: Double
    private let spill: DepthSpill
    private var camera = CameraStillness()
    private var samples: [GroundPlaneFit.Sample] = []
    private var sampleStride = 1
    private var samplesOffered = 0
    private var lastSampleTime: [Int32: Double] = [:]

    init(video: VideoDescription) throws(VideoAnalysisError) {
        width = Double(video.width)
        height = Double(video.height)
        spill = try DepthSpill()
    }

    /// Takes in a frame's picture when it is seen; about one a second.
    mutating func see(_ frame: DecodedFrame) throws(VideoAnalysisError) {
        try camera.append(frame.image)
    }

    /// Takes in a frame's objects when they are final.
    mutating func append(_ frame: TrackedFrame, wantsWholeFrame: Bool) throws(VideoAnalysisError) {
        let (frameNumber, timestamp) = (frame.frameNumber, frame.timestamp)
        if wantsWholeFrame {
            try spill.append(.init(frameNumber: frameNumber, timestamp: timestamp, object: nil))
        }
        for object in frame.objects {
            guard let trackID = object.trackID.map({ Int32(clamping: $0) }) else { continue }
            let isPerson = object.detection.classID == ObjectClass.person.id
            let box = object.detection.box
            try spill.append(
                .init(
                    frameNumber: frameNumber, timestamp: timestamp,
                    object: .init(trackID: trackID, isPerson: isPerson, box: box)))
            if isPerson, !object.interpolated { offerSample(box, trackID: trackID, timestamp: timestamp) }
        }
    }

    /// Forgets what it kept to tell a track's samples apart.
    mutating func ended(trackID: Int32) {
        lastSampleTime[trackID] = nil
    }

    private mutating func offerSample(_ box: BoundingBox, trackID: Int32, timestamp: Double) {
        let isDue = lastSampleTime[trackID].map { timestamp - $0 >= Self.sampleIntervalSeconds } ?? true
        let isWhole = box.y1 > 2 && Double(box.y2) < height - 2 && box.x1 > 2 && Double(box.x2) < width - 2
        guard isDue, isWhole, box.height >= 16, (1.4...5).contains(box.height / max(box.width, 1)) else { return }
        lastSampleTime[trackID] = timestamp
        defer { samplesOffered += 1 }
        guard samplesOffered % sampleStride == 0 else { return }
        samples.append(.init(trackID: trackID, footY: Double(box.y2), headY: Double(box.y1)))
        if samples.count >= Self.mostSamples {
            samples = stride(from: 0, to: samples.count, by: 2).map { samples[$0] }
            sampleStride *= 2
        }
    }

    /// Fits the ground and gives all rows in order of time.
    func finish(_ give: (DepthRow) throws(VideoAnalysisError) -> Void) throws(VideoAnalysisError) {
        let fit = GroundPlaneFit(frameWidth: width, frameHeight: height, samples: samples)
        let plane = camera.isStill ? fit.solve() : nil
        let map = try plane?.depthMap()
        try spill.forEach { record throws(VideoAnalysisError) in
            if let object = record.object {
                let row = plane.map { metricRow(record, object, $0) } ?? relativeRow(record, object)
                if let row { try give(row) }
            } else if let map {
                try give(
                    DepthRow(
                        frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: nil, bbox: nil,
                        area: map.area, averageDepth: Float(map.average), minimumDepth: Float(map.minimum),
                        maximumDepth: Float(map.maximum), depthVariance: Float(map.variance), unit: .metres,
                        estimator: GroundPlane.estimator, depthMap: map.png))
            }
        }
    }

    /// Minimum and maximum hold the true distance in 19 of 20 cases, as far as the model goes. Nil where the feet are
    /// cut off by the frame, or the distance is unsure.
    private func metricRow(
        _ record: DepthSpill.Record, _ object: DepthSpill.Record.Object, _ plane: GroundPlane
    ) -> DepthRow? {
        let box = object.box
        guard Double(box.y2) < height - 1 else { return nil }
        let distance = plane.distance(
            x: Double(box.foot.x), y: Double(box.foot.y), footDeviation: max(1, 0.03 * Double(box.height)))
        guard let distance else { return nil }
        let reach = min(1.96 * distance.standardDeviation, distance.metres)
        return DepthRow(
            frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: object.trackID, bbox: box,
            area: Double(box.area), averageDepth: Float(distance.metres), minimumDepth: Float(distance.metres - reach),
            maximumDepth: Float(distance.metres + reach),
            depthVariance: Float(distance.standardDeviation * distance.standardDeviation), unit: .metres,
            estimator: GroundPlane.estimator, depthMap: nil)
    }

    /// The frame's height over the person's: 1 fills the frame. The spread is that of people's heights.
    private func relativeRow(_ record: DepthSpill.Record, _ object: DepthSpill.Record.Object) -> DepthRow? {
        guard object.isPerson, object.box.height >= 1 else { return nil }
        let depth = Float(height) / object.box.height
        let deviation = 0.1 * depth
        return DepthRow(
            frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: object.trackID, bbox: object.box,
            area: Double(object.box.area), averageDepth: depth, minimumDepth: depth - 1.96 * deviation,
            maximumDepth: depth + 1.96 * deviation, depthVariance: deviation * deviation, unit: .relative,
            estimator: Self.relativeEstimator, depthMap: nil)
    }
}
