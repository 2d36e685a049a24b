/// What ``ObjectTracker`` may assume. Times are in seconds, so that the settings hold for any frame rate.
package struct TrackerSettings: Sendable, Hashable {
    /// Detections at least this sure take part in the first association and may start a track.
    package var highConfidence: Float = 0.7
    /// Detections below this are ignored.
    package var lowConfidence: Float = 0.1
    /// Least overlap, with both boxes buffered, for the first, the second and the recovering association.
    package var firstOverlap = 0.2
    package var secondOverlap = 0.4
    package var recoveryOverlap = 0.4
    /// By how much of its size a box is widened on each side before boxes are compared.
    package var buffer = 0.1
    /// How long an object may go unseen and still be continued.
    package var maximumGapSeconds = 0.5
    /// A track is confirmed with this many detections.
    package var confirmationDetections = 2
    /// In how many frames in a row an object may go unseen before that: detectors that skip frames are common.
    package var tentativeMisses = 2
    package var noise = BoxFilter.Noise()

    package init() {}
}
