/// The tables that an analysis fills, each from one spool file in PostgreSQL's binary COPY format.
package enum SpoolTable: String, CaseIterable, Sendable {
    case events = "apps_db_event"
    case tracks = "apps_db_track"
    case depth = "apps_db_depthdata"
    case display = "apps_db_displaydata"
    case frameEmbeddings = "frame_embeddings"
    case objectEmbeddings = "object_embeddings"

    /// The columns of a row in the file's order. `id` is left out: the database numbers rows.
    package var columns: [String] {
        ["video_id", "analysis_id"] + ownColumns
    }

    private var ownColumns: [String] {
        switch self {
        case .events:
            [
                "frame_number", "timestamp", "track_id", "class_id", "class_name", "confidence", "bbox", "interpolated",
            ]
        case .tracks:
            [
                "track_id", "class_id", "class_name", "first_frame", "last_frame", "first_timestamp",
                "last_timestamp", "detections", "confidence", "path",
            ]
        case .depth:
            [
                "frame_number", "timestamp", "track_id", "bbox", "area", "avg_depth", "min_depth", "max_depth",
                "depth_variance", "unit", "estimator", "depth_map", "depth_map_scale",
            ]
        case .display:
            [
                "frame_number", "timestamp", "kind", "original_width", "original_height", "display_width",
                "display_height", "width_ratio", "height_ratio", "overlay", "image", "media_type",
            ]
        case .frameEmbeddings: ["frame_number", "timestamp", "model", "embedding"]
        case .objectEmbeddings: ["track_id", "frame_number", "timestamp", "class_name", "bbox", "model", "embedding"]
        }
    }

    /// The file's name within the spool folder.
    package var fileName: String {
        "\(rawValue).copy"
    }
}
