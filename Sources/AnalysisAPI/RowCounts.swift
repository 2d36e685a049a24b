import JSON

/// How many rows an analysis stored in each table.
package struct RowCounts: Sendable, Hashable {
    package var events: Int64
    package var tracks: Int64
    package var depth: Int64
    package var display: Int64
    package var frameEmbeddings: Int64
    package var objectEmbeddings: Int64

    package init(
        events: Int64 = 0, tracks: Int64 = 0, depth: Int64 = 0, display: Int64 = 0, frameEmbeddings: Int64 = 0,
        objectEmbeddings: Int64 = 0
    ) {
        self.events = events
        self.tracks = tracks
        self.depth = depth
        self.display = display
        self.frameEmbeddings = frameEmbeddings
        self.objectEmbeddings = objectEmbeddings
    }

    init(_ node: JSONNode) throws(JSONError) {
        self.init(
            events: try node["events"].int64(), tracks: try node["tracks"].int64(),
            depth: try node["depth_data"].int64(), display: try node["display_data"].int64(),
            frameEmbeddings: try node["frame_embeddings"].int64(),
            objectEmbeddings: try node["object_embeddings"].int64())
    }

    /// The counts as members of an answer's top level.
    package var members: [String: JSON] {
        [
            "events": .integer(events), "tracks": .integer(tracks), "depth_data": .integer(depth),
            "display_data": .integer(display), "frame_embeddings": .integer(frameEmbeddings),
            "object_embeddings": .integer(objectEmbeddings),
        ]
    }
}
