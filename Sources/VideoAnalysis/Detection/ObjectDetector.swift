/// Finds objects in the frames of one video, in order of time.
///
/// A detector may keep what it has learned of the video (the background, the size of people), so each video has its own.
package protocol ObjectDetector {
    /// A short name for logs and rows.
    var name: String { get }
    /// Everything that changes what this detector finds, as text: equal fingerprints give equal detections.
    var fingerprint: String { get }

    /// Finds objects in the next frame.
    ///
    /// - Parameter predictions: where the tracker expects the objects it knows; a hint that a detector may ignore.
    mutating func detect(
        in frame: DecodedFrame, predictions: [BoundingBox]
    ) throws(VideoAnalysisError) -> [Detection]
}
