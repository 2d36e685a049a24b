/// What ``TrackletJoiner`` may assume. Times are in seconds, lengths in heights of the object.
package struct TrackletJoinerSettings: Sendable, Hashable {
    /// The longest gap that is joined and filled.
    package var maximumGapSeconds = 1.5
    /// How much of a tracklet is seen before its fate is decided; at least the tracker's own longest gap.
    package var evidenceSeconds = 1.0
    /// How far the later box may be from where the earlier tracklet leads: at once, and more for each second.
    package var baseDistance = 0.3
    package var distancePerSecond = 0.3
    /// What a second of gap adds to the cost of a join, of which 1 is the most: of two places as near, the one that was
    /// left later.
    package var costPerSecond = 0.1
    /// What looks add to the cost of a join where there is a choice: so much for objects that have nothing in common.
    package var appearanceCost = 2.0
    /// Largest ratio of heights.
    package var maximumHeightRatio = 1.5
    /// How long an object keeps its direction: over longer gaps it is expected to have slowed down.
    package var persistenceSeconds = 1.0
    /// Tracklets with fewer detections, or whose surest detection is below the confidence, are noise. Where so few
    /// frames are analysed that an object could hardly have so many, it needs one in most of those frames.
    package var minimumDetections = 4
    package var minimumConfidence: Float = 0.85

    /// Boxes are smoothed over their neighbours in time this far to each side; 0 leaves them as they are.
    package var smoothingSeconds = 0.5

    package init() {}
}
