/// The objects of every frame of a video, from those of the analysed frames on both sides of it.
struct BetweenFrames {
    private let spool: AnnotationSpool
    private var before: TrackedFrame?
    private var after: TrackedFrame?

    /// - Parameter spool: Rewound.
    init(_ spool: AnnotationSpool) throws(VideoAnalysisError) {
        self.spool = spool
        after = try spool.next()
    }

    /// Those of an analysed frame as they are; between two, the tracks that both have, moved along a straight line;
    /// after the last one its tracks as they were.
    ///
    /// - Parameter time: Never before that of the call before.
    mutating func objects(at time: VideoDecoder.FrameTime) throws(VideoAnalysisError) -> [TrackedObject] {
        while let next = after, next.frameNumber <= time.frameNumber {
            before = next
            after = try spool.next()
        }
        guard let before else { return [] }
        if before.frameNumber == time.frameNumber { return before.objects }
        guard let after else { return before.objects.filter { $0.trackID != nil } }
        let share = Float((time.timestamp - before.timestamp) / (after.timestamp - before.timestamp))
        return before.objects.compactMap { object in
            guard let trackID = object.trackID, let next = after.objects.first(where: { $0.trackID == trackID }) else {
                return nil
            }
            var object = object
            object.detection.box = object.detection.box.moved(to: next.detection.box, share: min(max(share, 0), 1))
            return object
        }
    }
}

extension BoundingBox {
    /// - Parameter share: 0 for this box, 1 for the other.
    fileprivate func moved(to other: BoundingBox, share: Float) -> BoundingBox {
        BoundingBox(
            x1: x1 + (other.x1 - x1) * share, y1: y1 + (other.y1 - y1) * share, x2: x2 + (other.x2 - x2) * share,
            y2: y2 + (other.y2 - y2) * share)
    }
}
