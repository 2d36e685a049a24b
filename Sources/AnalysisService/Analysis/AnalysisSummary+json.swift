import JSON
import VideoAnalysis

extension AnalysisSummary {
    /// What `analyze --format json` prints, and what the service reads from its child.
    var json: JSON {
        [
            "video": video.json,
            "frames_decoded": .integer(framesDecoded),
            "frames_analysed": .integer(framesAnalysed),
            "first_timestamp": .number(firstTimestamp),
            "last_timestamp": .number(lastTimestamp),
            "events": .integer(counts.events),
            "tracks": .integer(counts.tracks),
            "depth_data": .integer(counts.depth),
            "display_data": .integer(counts.display),
            "frame_embeddings": .integer(counts.frameEmbeddings),
            "object_embeddings": .integer(counts.objectEmbeddings),
            "classes": .object(classes.mapValues { .integer(Int64($0)) }),
            "seconds_by_stage": .object(secondsByStage.mapValues { .number($0) }),
            "corrupt_packets": .integer(corruptPackets),
        ]
    }
}

extension VideoDescription {
    var json: JSON {
        [
            "width": .integer(Int64(width)), "height": .integer(Int64(height)),
            "rotation": .integer(Int64(rotation)), "duration": .number(duration), "fps": .number(fps),
            "codec": .string(codec), "container": .string(container), "has_audio": .bool(hasAudio),
        ]
    }
}

extension StoredVideo {
    init(_ node: JSONNode) throws(JSONError) {
        self.init(
            duration: try node["duration"].double(), width: try node["width"].int(),
            height: try node["height"].int(), fps: try node["fps"].double(), codec: try node["codec"].string(),
            container: try node["container"].string(), rotation: try node["rotation"].int(),
            hasAudio: try node["has_audio"].bool())
    }
}
