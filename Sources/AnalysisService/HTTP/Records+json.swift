import AnalysisAPI
import JSON

// How stored rows are written in answers: the columns' own names; what is not known is null.

extension JSON {
    static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
    static func whole(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }
    static func whole(_ value: Int64?) -> JSON { value.map(JSON.integer) ?? .null }
    static func real(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }

    /// Pixels as they were stored: the shortest decimal of the 32-bit number, not that of its 64-bit neighbour.
    static func pixels(_ box: [Float]) -> JSON {
        .array(box.map { .number(Double("\($0)") ?? Double($0)) })
    }
}

extension StoredPage {
    /// `{"NAME": [...], "next": "cursor" or null}`.
    func json(as name: String, _ element: (Row) throws -> JSON) rethrows -> JSON {
        .object([name: .array(try rows.map(element)), "next": .text(next)])
    }
}

extension VideoRecord {
    var json: JSON { .object(members) }

    /// With the newest analysis, which tells why there are no rows, or newer ones to come.
    func json(newest: AnalysisRecord?) -> JSON {
        .object(members.merging(["analysis": newest?.status.json ?? .null]) { member, _ in member })
    }

    private var members: [String: JSON] {
        [
            "video_id": .string(videoID), "title": .string(title), "s3_bucket": .string(bucket),
            "s3_key": .string(key), "s3_version_id": .text(versionID), "s3_etag": .text(etag),
            "s3_sequencer": .text(sequencer), "file_size": .whole(fileSize), "duration": .real(duration),
            "width": .whole(width), "height": .whole(height), "fps": .real(fps), "codec": .text(codec),
            "container": .text(container), "rotation": .whole(rotation),
            "has_audio": hasAudio.map(JSON.bool) ?? .null, "status": .string(status),
            "analysis_id": .whole(currentAnalysisID), "source_deleted_at": .text(sourceDeletedAt),
            "created_at": .string(createdAt),
            "updated_at": .string(updatedAt),
        ]
    }
}

extension EventRecord {
    var json: JSON {
        [
            "frame_number": .whole(frameNumber), "timestamp": .real(timestamp), "track_id": .whole(trackID),
            "class_id": .whole(classID), "class_name": .string(className), "confidence": .real(confidence),
            "bbox": .pixels(bbox), "interpolated": .bool(interpolated),
        ]
    }
}

extension TrackRecord {
    var json: JSON {
        get throws {
            [
                "track_id": .whole(trackID), "class_id": .whole(classID), "class_name": .string(className),
                "first_frame": .whole(firstFrame), "last_frame": .whole(lastFrame),
                "first_timestamp": .real(firstTimestamp), "last_timestamp": .real(lastTimestamp),
                "detections": .whole(detections), "confidence": .real(confidence), "path": try storedJSON(path),
            ]
        }
    }
}

extension DepthRecord {
    var json: JSON {
        [
            "frame_number": .whole(frameNumber), "timestamp": .real(timestamp), "track_id": .whole(trackID),
            "bbox": bbox.map(JSON.pixels) ?? .null, "area": .real(area), "avg_depth": .real(averageDepth),
            "min_depth": .real(minimumDepth), "max_depth": .real(maximumDepth),
            "depth_variance": .real(depthVariance), "unit": .string(unit), "estimator": .string(estimator),
            "has_depth_map": .bool(hasDepthMap), "depth_map_scale": .real(depthMapScale),
        ]
    }
}

extension DisplayRecord {
    func json(videoID: String) throws -> JSON {
        let image = "/videos/\(videoID.percentEncodedSegment)/display/\(id)/image"
        return [
            "display_id": .whole(id), "frame_number": .whole(frameNumber), "timestamp": .real(timestamp),
            "kind": .string(kind), "original_width": .whole(originalWidth),
            "original_height": .whole(originalHeight), "display_width": .whole(displayWidth),
            "display_height": .whole(displayHeight), "width_ratio": .real(widthRatio),
            "height_ratio": .real(heightRatio), "overlay": try storedJSON(overlay), "media_type": .text(mediaType),
            "image": mediaType == nil ? .null : .string(image),
        ]
    }
}

extension EmbeddingMatch {
    var json: JSON {
        var members: [String: JSON] = [
            "video_id": .string(videoID), "frame_number": .whole(frameNumber), "timestamp": .real(timestamp),
            "model": .string(model), "distance": .real(distance),
        ]
        if let object {
            members["track_id"] = .whole(object.trackID)
            members["class_name"] = .string(object.className)
            members["bbox"] = .pixels(object.bbox)
        }
        return .object(members)
    }
}

/// A `jsonb` column's text. PostgreSQL has checked it; the limit is above what an analysis writes.
private func storedJSON(_ text: String) throws -> JSON {
    do throws(JSONError) {
        return try JSON(parsing: text, limits: JSON.Limits(maximumDepth: 64, maximumBytes: 256 << 20))
    } catch {
        throw Problem(code: .internalError, detail: "A stored JSON value cannot be read: \(error.reason)")
    }
}
