import JSON

/// The body of `POST /analyze`: which object to analyse.
package struct AnalyzeRequest: Sendable, Hashable {
    package var bucket: String
    package var key: String
    /// The id to store the video under when none is stored with its bucket and key.
    package var videoID: String?
    /// Of a versioned bucket; without it the newest version.
    package var versionID: String?
    /// Without quotes. When given, only an object with this entity tag is analysed.
    package var etag: String?
    /// Orders the events of one key: S3's hex text, compared right-padded with zeros.
    package var sequencer: String?
    /// Analyses again what has been analysed with the same settings.
    package var force: Bool

    package init(
        bucket: String, key: String, videoID: String? = nil, versionID: String? = nil, etag: String? = nil,
        sequencer: String? = nil, force: Bool = false
    ) {
        self.bucket = bucket
        self.key = key
        self.videoID = videoID
        self.versionID = versionID
        self.etag = etag
        self.sequencer = sequencer
        self.force = force
    }

    private enum Field: String, CaseIterable {
        case bucket = "s3_bucket"
        case key = "s3_key"
        case videoID = "video_id"
        case versionID = "version_id"
        case etag
        case sequencer
        case force
    }

    /// - Throws: for an unknown field too: a misspelt `force` must not be lost in silence.
    package init(json: JSON) throws(JSONError) {
        let root = json.node
        try root.expectFields(Field.allCases.map(\.rawValue))
        func text(_ field: Field) throws(JSONError) -> String? { try root[field.rawValue].optionalFilledString() }
        self.init(
            bucket: try root[Field.bucket.rawValue].filledString(), key: try root[Field.key.rawValue].objectKey(),
            videoID: try text(.videoID),
            versionID: try text(.versionID), etag: try text(.etag), sequencer: try text(.sequencer),
            force: try root[Field.force.rawValue].optionalBool() ?? false)
    }

    package var json: JSON {
        var fields: [String: JSON] = [
            Field.bucket.rawValue: .string(bucket), Field.key.rawValue: .string(key),
        ]
        fields[Field.videoID.rawValue] = videoID.map(JSON.string)
        fields[Field.versionID.rawValue] = versionID.map(JSON.string)
        fields[Field.etag.rawValue] = etag.map(JSON.string)
        fields[Field.sequencer.rawValue] = sequencer.map(JSON.string)
        if force { fields[Field.force.rawValue] = true }
        return .object(fields)
    }
}
