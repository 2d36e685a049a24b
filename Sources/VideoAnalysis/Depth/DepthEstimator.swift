/// The depth of objects and frames, from a network if there is one, and from the ground's geometry.
///
/// Rows are given once the whole video is seen. Without a network every followed object gets a row in every analysed
/// frame: with a still camera and people enough in metres, by the ground plane under them, else people get a `relative`
/// depth from their height in the picture (twice as far, half as high), and other things nothing.
///
/// With a network the rows are the network's, for about one frame a second. One that gives inverse depth gives metres
/// only where the ground plane tells its scale.
struct DepthEstimator {
    static let relativeEstimator = "person-height"
    /// However long the video is.
    private static let mostAnchors = 2048

    private let width: Double
    private let height: Double
    private let network: DepthNetwork?
    private let spill: DepthSpill
    private var camera = CameraStillness()
    private var people: PeopleSamples
    private var anchors: [DisparityAlignment.Anchor] = []
    private var anchorStride = 1
    private var anchorsOffered = 0
    /// Of frames whose objects are not final yet.
    private var pending: [(frameNumber: Int64, raster: DepthRaster, span: Float)] = []
    /// The range of the network's numbers over the video, but for a hundredth of each frame at each end.
    private var lowest = Float.infinity
    private var highest = -Float.infinity

    init(video: VideoDescription, network: DepthNetwork? = nil) throws(VideoAnalysisError) {
        width = Double(video.width)
        height = Double(video.height)
        self.network = network
        people = PeopleSamples(frameWidth: width, frameHeight: height)
        spill = try DepthSpill()
    }

    /// Takes in a frame's picture when it is seen; about one a second. Blocks while the network runs.
    mutating func see(_ frame: DecodedFrame) throws(VideoAnalysisError) {
        try camera.append(frame.image)
        guard let network else { return }
        let raster = try network.raster(of: frame.image)
        let range = (raster.percentile(0.01) ?? .nan, raster.percentile(0.99) ?? .nan)
        if range.0.isFinite { lowest = min(lowest, range.0) }
        if range.1.isFinite { highest = max(highest, range.1) }
        pending.append((frame.frameNumber, raster, range.1 - range.0))
    }

    /// Takes in a frame's objects when they are final.
    ///
    /// - Parameter isSample: Whether `see` was given the frame.
    mutating func append(_ frame: TrackedFrame, isSample: Bool) throws(VideoAnalysisError) {
        let (frameNumber, timestamp) = (frame.frameNumber, frame.timestamp)
        let seen = isSample && pending.first?.frameNumber == frameNumber ? pending.removeFirst() : nil
        if isSample {
            try spill.append(
                .init(frameNumber: frameNumber, timestamp: timestamp, map: seen.map { .init($0.raster) }))
        }
        for tracked in frame.objects {
            guard let trackID = tracked.trackID.map({ Int32(clamping: $0) }) else { continue }
            let object = DepthSpill.Record.Object(
                trackID: trackID, isPerson: tracked.detection.classID == ObjectClass.person.id,
                box: tracked.detection.box)
            if object.isPerson, !tracked.interpolated {
                people.offer(object.box, trackID: trackID, timestamp: timestamp)
            }
            guard network != nil else {
                try spill.append(.init(frameNumber: frameNumber, timestamp: timestamp, object: object))
                continue
            }
            guard let seen, let found = seen.raster.statistics(in: object.box, span: seen.span) else { continue }
            try spill.append(
                .init(frameNumber: frameNumber, timestamp: timestamp, object: object, statistics: found))
            if object.isPerson, !tracked.interpolated { offerAnchor(object.box, found) }
        }
    }

    /// Forgets what it kept to tell a track's samples apart.
    mutating func ended(trackID: Int32) {
        people.ended(trackID: trackID)
    }

    private mutating func offerAnchor(_ box: BoundingBox, _ found: DepthRaster.Statistics) {
        guard people.isWhole(box) else { return }
        defer { anchorsOffered += 1 }
        guard anchorsOffered % anchorStride == 0 else { return }
        anchors.append(
            .init(
                footX: Double(box.foot.x), footY: Double(box.foot.y),
                footDeviation: GroundPlane.footDeviation(height: Double(box.height)),
                disparity: Double(found.average)))
        if anchors.count >= Self.mostAnchors {
            anchors = stride(from: 0, to: anchors.count, by: 2).map { anchors[$0] }
            anchorStride *= 2
        }
    }

    /// Fits the ground and gives all rows in order of time.
    func finish(_ give: (DepthRow) throws(VideoAnalysisError) -> Void) throws(VideoAnalysisError) {
        let fit = GroundPlaneFit(frameWidth: width, frameHeight: height, samples: people.samples)
        let plane = camera.isStill ? fit.solve() : nil
        if let network {
            try finish(network, plane, give)
            return
        }
        let map = try plane?.depthMap()
        try spill.forEach { record throws(VideoAnalysisError) in
            if let object = record.object {
                let row = plane.map { metricRow(record, object, $0) } ?? relativeRow(record, object)
                if let row { try give(row) }
            } else if let map {
                try give(DepthRow(record, map, unit: .metres, estimator: GroundPlane.estimator))
            }
        }
    }

    private func finish(
        _ network: DepthNetwork, _ plane: GroundPlane?, _ give: (DepthRow) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) {
        guard lowest < highest else { return }
        var (scale, estimator) = (DepthScale.metres, network.estimator)
        if network.gives == .inverse {
            scale = .relative(nearest: highest, farthest: lowest)
            if let plane, let alignment = DisparityAlignment(anchors, on: plane) {
                scale = .aligned(alignment)
                estimator += "+\(GroundPlane.estimator)"
            }
        }
        try spill.forEach { record throws(VideoAnalysisError) in
            if let object = record.object, let found = record.statistics {
                if let row = scale.row(record, object, found, estimator: estimator) { try give(row) }
            } else if let map = record.map {
                if let row = try scale.row(record, map, frame: (width, height), estimator: estimator) { try give(row) }
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
            x: Double(box.foot.x), y: Double(box.foot.y),
            footDeviation: GroundPlane.footDeviation(height: Double(box.height)))
        guard let distance else { return nil }
        return DepthRow(
            frameNumber: record.frameNumber, timestamp: record.timestamp, trackID: object.trackID, bbox: box,
            area: Double(box.area), averageDepth: Float(distance.metres), minimumDepth: Float(distance.minimum),
            maximumDepth: Float(distance.maximum),
            depthVariance: Float(distance.standardDeviation * distance.standardDeviation), unit: .metres,
            estimator: GroundPlane.estimator, depthMap: nil, depthMapScale: nil)
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
            estimator: Self.relativeEstimator, depthMap: nil, depthMapScale: nil)
    }
}
