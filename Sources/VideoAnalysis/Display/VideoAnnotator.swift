/// Draws what an analysis found into the video: a second pass over the file, since objects are final only after the
/// first one.
package struct VideoAnnotator: Sendable {
    /// The size of a caption's letters is this share of the frame's height, and no less than can be read.
    private static let textShare = 1.0 / 72
    private static let leastTextSize = 7.0

    private let settings: AnalysisSettings

    /// - Parameter settings: Those of the analysis.
    package init(settings: AnalysisSettings) {
        self.settings = settings
    }

    /// Blocks the calling thread until `output` is a whole MP4 file: not for the cooperative pool.
    ///
    /// - Parameters:
    ///   - spool: The analysis' objects, rewound.
    ///   - duration: Seconds; 0 when unknown. For `progress` only.
    ///   - progress: Given a share of 0 to 1 that never falls, and the frames written so far.
    /// - Returns: The number of frames written.
    package func annotate(
        path: String, spool: AnnotationSpool, duration: Double, output: String, isCancelled: () -> Bool,
        progress: (Double, Int64) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) -> Int64 {
        let decoder = try VideoDecoder(
            path: path,
            limits: .init(maximumPixels: settings.maximumPixels, maximumSeconds: settings.maximumSeconds),
            threads: settings.threads)
        let video = decoder.video
        let geometry = DisplayGeometry(
            originalWidth: video.width, originalHeight: video.height, largestWidth: .infinity, largestHeight: .infinity)
        let writer = try VideoWriter(
            path: output, width: video.width, height: video.height, framesPerSecond: video.fps,
            threads: settings.threads)
        let textSize = max(Self.leastTextSize, Double(video.height) * Self.textShare)
        var frames = try BetweenFrames(spool)
        var steps = ProgressSteps(duration: duration)
        var written: Int64 = 0
        while let time = try decoder.next() {
            guard !isCancelled() else { throw VideoAnalysisError(.cancelled, "The annotation was cancelled.") }
            let labels = try frames.objects(at: time).map {
                ObjectLabel($0, geometry: geometry, textSize: textSize)
            }
            let picture = try decoder.currentImage().drawing { canvas throws(VideoAnalysisError) in
                try ObjectLabel.draw(labels, on: canvas)
            }
            try writer.append(picture, timestamp: time.timestamp)
            written += 1
            if let fraction = steps.step(to: time.timestamp) { try progress(fraction, written) }
        }
        try writer.finish()
        return written
    }
}
