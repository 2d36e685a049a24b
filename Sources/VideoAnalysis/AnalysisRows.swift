// The rows of an analysis: the columns of the tables without `video_id` and `analysis_id`, in the tables' order.

/// One object in one analysed frame.
package struct EventRow: Sendable, Hashable {
    package var frameNumber: Int64
    /// Seconds since the stream's start.
    package var timestamp: Double
    /// Nil until the tracker is sure of the object.
    package var trackID: Int32?
    package var classID: Int32
    package var className: String
    /// 0 to 1.
    package var confidence: Float
    package var bbox: BoundingBox
    /// True for a box that the tracker filled in where the detector saw nothing.
    package var interpolated: Bool
}

/// One object over time.
package struct TrackRow: Sendable, Hashable {
    /// Where the object stood.
    package struct PathPoint: Sendable, Hashable {
        package var frameNumber: Int64
        package var timestamp: Double
        package var x: Float
        package var y: Float
    }

    package var trackID: Int32
    package var classID: Int32
    package var className: String
    package var firstFrame: Int64
    package var lastFrame: Int64
    package var firstTimestamp: Double
    package var lastTimestamp: Double
    package var detections: Int32
    /// Mean over the detections.
    package var confidence: Float
    /// Foot points in order of time, thinned out on long tracks.
    package var path: [PathPoint]

    /// The path as JSON text: `[[frame, timestamp, x, y], ...]`.
    package var pathJSON: String {
        let points = path.map { point in
            "[\(point.frameNumber),\(jsonNumber(point.timestamp, digits: 3)),"
                + "\(jsonNumber(Double(point.x), digits: 1)),\(jsonNumber(Double(point.y), digits: 1))]"
        }
        return "[" + points.joined(separator: ",") + "]"
    }
}

/// The depth of one object, or of a whole frame.
package struct DepthRow: Sendable, Hashable {
    package enum Unit: String, Sendable {
        case metres, relative
    }

    package var frameNumber: Int64
    package var timestamp: Double
    /// Nil for a whole frame.
    package var trackID: Int32?
    /// Nil for a whole frame.
    package var bbox: BoundingBox?
    /// Square pixels that the values speak for.
    package var area: Double
    package var averageDepth: Float
    package var minimumDepth: Float
    package var maximumDepth: Float
    package var depthVariance: Float
    package var unit: Unit
    package var estimator: String
    /// A 16-bit PNG for whole frames, see ``DepthMap``.
    package var depthMap: [UInt8]?
    /// What a pixel of the map is to be multiplied by; nil without a map.
    package var depthMapScale: Double?
}

/// Something that a screen shows without the video.
package struct DisplayRow: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case frame, heatmap, trajectories, timeline
        case contactSheet = "contact_sheet"
    }

    /// Nil for what speaks for the whole video.
    package var frameNumber: Int64?
    package var timestamp: Double?
    package var kind: Kind
    package var originalWidth: Int32
    package var originalHeight: Int32
    package var displayWidth: Int32
    package var displayHeight: Int32
    /// Display pixels per original pixel.
    package var widthRatio: Double
    package var heightRatio: Double
    /// JSON text.
    package var overlay: String
    package var image: [UInt8]?
    package var mediaType: String?
}

/// The vector of a frame.
package struct FrameEmbeddingRow: Sendable, Hashable {
    package var frameNumber: Int64
    package var timestamp: Double
    package var model: String
    /// L2-normalised.
    package var embedding: [Float]
}

/// The vector of a track's best crop.
package struct ObjectEmbeddingRow: Sendable, Hashable {
    package var trackID: Int32
    package var frameNumber: Int64
    package var timestamp: Double
    package var className: String
    package var bbox: BoundingBox
    package var model: String
    /// L2-normalised.
    package var embedding: [Float]
}
