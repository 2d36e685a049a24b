/// Makes the pictures that tell the video's story without the video, with flat memory however long it is.
struct DisplayRenderer: ~Copyable {
    private let geometry: DisplayGeometry
    private var keyFrames: KeyFrames
    private var background: SceneBackground
    private var heatMap: HeatMap
    private var trajectories: Trajectories
    private var timeline = Timeline()
    private let frameSeconds: Double
    private var lastTimestamp: Double?

    /// - Parameter framesPerSecond: At which frames are analysed.
    init(video: VideoDescription, framesPerSecond: Double) throws(VideoAnalysisError) {
        geometry = DisplayGeometry(originalWidth: video.width, originalHeight: video.height)
        keyFrames = KeyFrames(geometry: geometry, duration: video.duration)
        background = SceneBackground(geometry: geometry)
        heatMap = HeatMap(geometry: geometry)
        trajectories = try Trajectories(geometry: geometry)
        frameSeconds = 1 / (video.fps > 0 ? min(framesPerSecond, video.fps) : framesPerSecond)
    }

    /// Takes in a frame's picture when it is seen.
    ///
    /// - Parameter isSample: Whether it is one of about one a second.
    mutating func see(_ frame: DecodedFrame, objectCount: Int, isSample: Bool) throws(VideoAnalysisError) {
        try keyFrames.offer(frame, objectCount: objectCount)
        if isSample { try background.append(frame.image) }
    }

    /// Takes in a frame's objects when they are final.
    ///
    /// - Returns: The key frames that are ready.
    mutating func append(_ frame: TrackedFrame) throws(VideoAnalysisError) -> [DisplayRow] {
        let elapsed = lastTimestamp.map { min(frame.timestamp - $0, 2 * frameSeconds) } ?? frameSeconds
        lastTimestamp = frame.timestamp
        heatMap.append(frame.objects, duration: elapsed)
        try trajectories.append(frame.objects, timestamp: frame.timestamp)
        timeline.append(frame.objects, timestamp: frame.timestamp)
        keyFrames.resolve(frame)
        return try keyFrames.takeReady()
    }

    mutating func ended(trackID: Int32) throws(VideoAnalysisError) {
        try trajectories.ended(trackID: trackID)
    }

    /// - Returns: The last key frames, then the pictures of the whole video.
    mutating func finish() throws(VideoAnalysisError) -> [DisplayRow] {
        try keyFrames.finish()
        var rows = try keyFrames.takeReady()
        guard let scene = try background.image() else { return rows }
        rows.append(try heatMap.row(over: scene))
        rows.append(try trajectories.row(over: scene))
        rows.append(try timeline.row(geometry: geometry))
        if let sheet = try keyFrames.sheet.row() { rows.append(sheet) }
        return rows
    }
}
