/// A detection with its place in a track.
package struct TrackedObject: Sendable, Hashable {
    package var detection: Detection
    /// Positive, from 1 in each video; nil while the track is not confirmed.
    package var trackID: Int?
    /// Filled in between two detections: no detector saw it in this frame.
    package var interpolated: Bool
    /// The tracker's own number of the run of detections this one belongs to, given from its first detection on,
    /// before it is known whether it will be confirmed. ``TrackletJoiner`` works on it; rows have no use for it.
    package var tracklet: Int

    package init(detection: Detection, trackID: Int?, interpolated: Bool = false, tracklet: Int = 0) {
        self.detection = detection
        self.trackID = trackID
        self.interpolated = interpolated
        self.tracklet = tracklet
    }
}

/// What is known of one frame's objects.
package struct TrackedFrame: Sendable, Hashable {
    package var frameNumber: Int64
    /// Seconds from the start of the video.
    package var timestamp: Double
    package var objects: [TrackedObject]
    /// By how many pixels a moving camera has moved the scene in the picture since the start.
    package var camera: SIMD2<Double>

    package init(frameNumber: Int64, timestamp: Double, objects: [TrackedObject], camera: SIMD2<Double> = .zero) {
        self.frameNumber = frameNumber
        self.timestamp = timestamp
        self.objects = objects
        self.camera = camera
    }
}

extension TrackedFrame {
    /// The same with boxes cut off at the frame's edges, without objects that are nowhere inside.
    func clamped(width: Float, height: Float) -> TrackedFrame {
        var inside = self
        inside.objects = objects.compactMap { object in
            var object = object
            object.detection.box = object.detection.box.clamped(width: width, height: height)
            return object.detection.box.area > 0 ? object : nil
        }
        return inside
    }
}
