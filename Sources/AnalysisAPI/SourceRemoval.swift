import JSON

/// The body of `POST /removals`: an object was removed from its bucket.
package struct RemovalRequest: Sendable, Hashable {
    package var bucket: String
    package var key: String
    /// Orders the events of one key: S3's hex text, compared right-padded with zeros.
    package var sequencer: String?

    package init(bucket: String, key: String, sequencer: String? = nil) {
        self.bucket = bucket
        self.key = key
        self.sequencer = sequencer
    }

    /// - Throws: for an unknown field too.
    package init(json: JSON) throws(JSONError) {
        let root = json.node
        try root.expectFields(["s3_bucket", "s3_key", "sequencer"])
        self.init(
            bucket: try root["s3_bucket"].filledString(), key: try root["s3_key"].objectKey(),
            sequencer: try root["sequencer"].optionalFilledString())
    }

    package var json: JSON {
        var fields: [String: JSON] = ["s3_bucket": .string(bucket), "s3_key": .string(key)]
        fields["sequencer"] = sequencer.map(JSON.string)
        return .object(fields)
    }
}

/// The answer to `POST /removals`.
package struct RemovalResponse: Sendable, Hashable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// The video keeps its rows and is marked as gone from its source.
        case marked
        /// The video and its rows are gone (`DELETE_WITH_SOURCE`).
        case deleted
        /// The bucket has an object under the key: an older version was removed, or a newer one was uploaded since.
        case present
        /// A newer upload of the key is known.
        case superseded
        /// No video of the object is stored.
        case unknown
    }

    package let outcome: Outcome
    /// Nil when no video of the object is stored.
    package let videoID: String?

    package init(outcome: Outcome, videoID: String?) {
        self.outcome = outcome
        self.videoID = videoID
    }

    package init(json: JSON) throws(JSONError) {
        self.init(
            outcome: try json.node["outcome"].choice(of: Outcome.self),
            videoID: try json.node["video_id"].optionalString())
    }

    package var json: JSON {
        ["outcome": .string(outcome.rawValue), "video_id": videoID.map(JSON.string) ?? .null]
    }
}
