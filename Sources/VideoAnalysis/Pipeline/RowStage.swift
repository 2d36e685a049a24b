/// The last stage, on the caller's thread: makes the rows of all tables from frames and objects, and hands them out.
struct RowStage: ~Copyable {
    private var joiner: TrackletJoiner
    private var views: BestViews
    private var ledger = TrackLedger()
    private var depth: DepthEstimator
    private var display: DisplayRenderer
    private let frameEmbedder: any ImageEmbedder
    private let objectEmbedder: any ImageEmbedder
    private let frameWidth: Float
    private let frameHeight: Float
    private var sampler: FrameSampler
    private var cuts = CutDetector()
    /// Frames that depth has seen, until their objects are final.
    private var sampledFrames: [Int64] = []

    private(set) var timer = StageTimer()
    private(set) var counts = AnalysisSummary.RowCounts()
    private(set) var classes: [String: Int] = [:]
    private(set) var framesAnalysed: Int64 = 0
    private(set) var firstTimestamp: Double?
    private(set) var lastTimestamp = 0.0

    init(video: VideoDescription, settings: AnalysisSettings) throws(VideoAnalysisError) {
        joiner = TrackletJoiner(settings: settings.joinerSettings)
        let rate = settings.framesPerSecond ?? AnalysisSettings.defaultFramesPerSecond
        let depth = try DepthEstimator(video: video, network: settings.makeDepthNetwork())
        let frameEmbedder = try settings.makeFrameEmbedder()
        let objectEmbedder = try settings.makeObjectEmbedder()
        let display = try DisplayRenderer(video: video, framesPerSecond: rate)
        self.depth = depth
        self.frameEmbedder = frameEmbedder
        self.objectEmbedder = objectEmbedder
        views = BestViews(inputWidth: objectEmbedder.inputWidth, inputHeight: objectEmbedder.inputHeight)
        self.display = display
        frameWidth = Float(video.width)
        frameHeight = Float(video.height)
        sampler = FrameSampler(framesPerSecond: 1, videoFramesPerSecond: video.fps)
    }

    mutating func append(
        _ frame: DecodedFrame, _ tracked: TrackedFrame, to output: inout some AnalysisOutput
    ) throws(VideoAnalysisError) {
        framesAnalysed += 1
        firstTimestamp = firstTimestamp ?? frame.timestamp
        lastTimestamp = frame.timestamp
        let isSample = sampler.takes(frame.timestamp)
        let isCut = try timer.measure("embed") { () throws(VideoAnalysisError) in try cuts.begins(with: frame.image) }
        if isSample || isCut { try embed(frame, to: &output) }
        if isSample {
            sampledFrames.append(frame.frameNumber)
            try timer.measure("depth") { () throws(VideoAnalysisError) in try depth.see(frame) }
        }
        try timer.measure("embed") { () throws(VideoAnalysisError) in try views.append(tracked.objects, in: frame) }
        try timer.measure("display") { () throws(VideoAnalysisError) in
            try display.see(frame, objectCount: tracked.objects.count, isSample: isSample)
        }
        let final = try timer.measure("track") { () throws(VideoAnalysisError) in
            try joiner.append(tracked) { (earlier, later) throws(VideoAnalysisError) in
                try views.difference(earlier, later, by: objectEmbedder)
            }
        }
        for frame in final { try give(frame, to: &output) }
        views.removeAll(before: frame.timestamp - joiner.delaySeconds - joiner.maximumGapSeconds)
    }

    private mutating func embed(_ frame: DecodedFrame, to output: inout some AnalysisOutput) throws(VideoAnalysisError)
    {
        let embedding = try timer.measure("embed") { () throws(VideoAnalysisError) in
            try frameEmbedder.embed(frame.image)
        }
        try output.frameEmbedding(
            FrameEmbeddingRow(
                frameNumber: frame.frameNumber, timestamp: frame.timestamp, model: frameEmbedder.modelName,
                embedding: embedding))
        counts.frameEmbeddings += 1
    }

    func summary(_ ending: DecodeStage.Ending) -> AnalysisSummary {
        var total = ending.timer
        total.add(timer)
        return AnalysisSummary(
            video: ending.video, framesDecoded: ending.framesDecoded, framesAnalysed: framesAnalysed,
            firstTimestamp: firstTimestamp ?? 0, lastTimestamp: lastTimestamp, counts: counts, classes: classes,
            secondsByStage: total.seconds, corruptPackets: ending.corruptPackets)
    }

    mutating func finish(_ output: inout some AnalysisOutput) throws(VideoAnalysisError) {
        let last = try timer.measure("track") { () throws(VideoAnalysisError) in
            try joiner.finish { (earlier, later) throws(VideoAnalysisError) in
                try views.difference(earlier, later, by: objectEmbedder)
            }
        }
        for frame in last { try give(frame, to: &output) }
        try endTracks(before: .infinity, output: &output)
        let pictures = try timer.measure("display") { () throws(VideoAnalysisError) in try display.finish() }
        try give(pictures, to: &output)
        let start = ContinuousClock.now
        try depth.finish { row throws(VideoAnalysisError) in
            try output.depth(row)
            counts.depth += 1
        }
        timer.add("depth", (ContinuousClock.now - start) / .seconds(1))
    }

    /// Gives the rows of a frame whose objects are final. The tracker follows whole objects; rows tell what the frame
    /// shows of them.
    private mutating func give(_ frame: TrackedFrame, to output: inout some AnalysisOutput) throws(VideoAnalysisError) {
        let frame = frame.clamped(width: frameWidth, height: frameHeight)
        try output.analysed(frameNumber: frame.frameNumber, timestamp: frame.timestamp)
        for object in frame.objects {
            try output.event(
                EventRow(
                    frameNumber: frame.frameNumber, timestamp: frame.timestamp,
                    trackID: object.trackID.map { Int32(clamping: $0) },
                    classID: Int32(clamping: object.detection.classID), className: object.detection.className,
                    confidence: min(max(object.detection.confidence, 0), 1), bbox: object.detection.box,
                    interpolated: object.interpolated))
            counts.events += 1
            ledger.append(object, in: frame, bestView: object.interpolated ? nil : views[object.tracklet])
        }
        let isSample = sampledFrames.first == frame.frameNumber
        if isSample { sampledFrames.removeFirst() }
        try timer.measure("depth") { () throws(VideoAnalysisError) in
            try depth.append(frame, isSample: isSample)
        }
        let pictures = try timer.measure("display") { () throws(VideoAnalysisError) in
            try display.append(frame)
        }
        try give(pictures, to: &output)
        try endTracks(before: frame.timestamp - joiner.maximumGapSeconds, output: &output)
    }

    private mutating func endTracks(before timestamp: Double, output: inout some AnalysisOutput)
        throws(VideoAnalysisError)
    {
        for ended in ledger.takeEnded(before: timestamp) {
            try output.track(ended.row)
            counts.tracks += 1
            classes[ended.row.className, default: 0] += 1
            depth.ended(trackID: ended.row.trackID)
            try display.ended(trackID: ended.row.trackID)
            guard let view = ended.bestView else { continue }
            let embedding = try timer.measure("embed") { () throws(VideoAnalysisError) in
                try objectEmbedder.embed(view.crop)
            }
            try output.objectEmbedding(
                ObjectEmbeddingRow(
                    trackID: ended.row.trackID, frameNumber: view.frameNumber, timestamp: view.timestamp,
                    className: ended.row.className,
                    bbox: view.box.clamped(width: frameWidth, height: frameHeight), model: objectEmbedder.modelName,
                    embedding: embedding))
            counts.objectEmbeddings += 1
        }
    }

    private mutating func give(_ rows: [DisplayRow], to output: inout some AnalysisOutput) throws(VideoAnalysisError) {
        for row in rows {
            try output.display(row)
            counts.display += 1
        }
    }
}
