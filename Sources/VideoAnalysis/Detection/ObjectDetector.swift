/// Finds objects in the frames of one video, in order of time.
///
/// A detector may keep what it has learned of the video (the background, the size of people), so each video has its own.
package protocol ObjectDetector {
    /// A short name for logs and rows.
    var name: String { get }
    /// Everything that changes what this detector finds, as text: equal fingerprints give equal detections.
    var fingerprint: String { get }

    /// How many frames after the next one the detector wants to know of before it is asked about the next; 0 for none.
    var framesAhead: Int { get }

    /// Announces a frame that `detect` will be asked about, after those announced before: work that needs no
    /// predictions can begin.
    mutating func expect(_ frame: DecodedFrame) throws(VideoAnalysisError)

    /// Finds objects in the next frame, the first of those announced that it was not yet asked about.
    ///
    /// - Parameter predictions: where the tracker expects the objects it knows; a hint that a detector may ignore.
    mutating func detect(
        in frame: DecodedFrame, predictions: [BoundingBox]
    ) throws(VideoAnalysisError) -> [Detection]
}

extension ObjectDetector {
    package var framesAhead: Int { 0 }

    package mutating func expect(_ frame: DecodedFrame) throws(VideoAnalysisError) {}
}
