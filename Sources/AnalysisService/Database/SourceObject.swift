import AnalysisAPI

/// An object in S3 that is to be analysed.
struct SourceObject: Sendable, Hashable {
    let bucket: String
    let key: String
    /// Of a versioned bucket.
    let versionID: String?
    /// Without quotes.
    let etag: String
    /// S3's order of the events of one key: hexadecimal text, compared after padding with zeros on the right.
    let sequencer: String?
    /// Bytes.
    let size: Int64
    /// The caller's id; an id that is stored with the object wins over it.
    let requestedVideoID: String?
    /// Whether this is what the key names now, and not an older version that was asked for by its id.
    let isCurrent: Bool

    init(
        bucket: String, key: String, versionID: String? = nil, etag: String, sequencer: String? = nil, size: Int64,
        requestedVideoID: String? = nil, isCurrent: Bool = true
    ) {
        self.bucket = bucket
        self.key = key
        self.versionID = versionID
        self.etag = etag
        self.sequencer = sequencer
        self.size = size
        self.requestedVideoID = requestedVideoID
        self.isCurrent = isCurrent
    }

    var newVideoID: String { Self.newVideoID(ofKey: key, requested: requestedVideoID) }

    /// The id that a new video gets: the caller's, else the key without `videos/` and `.mp4`.
    static func newVideoID(ofKey key: String, requested: String?) -> String {
        if let requested { return requested }
        let name = key.hasPrefix("videos/") ? key.dropFirst("videos/".count) : key[...]
        let id = name.hasSuffix(".mp4") ? name.dropLast(".mp4".count) : name
        return id.isEmpty ? key : String(id)
    }

    /// The key's last part without `.mp4`.
    var title: String {
        let name = key.split(separator: "/").last ?? key[...]
        let title = name.hasSuffix(".mp4") ? name.dropLast(".mp4".count) : name
        return title.isEmpty ? String(name) : String(title)
    }
}

/// What the analysis measured of the file.
struct StoredVideo: Sendable, Hashable {
    /// Seconds.
    let duration: Double
    /// Pixels of the upright frame.
    let width: Int
    let height: Int
    let fps: Double
    let codec: String
    let container: String
    /// Degrees clockwise by which the file's frames are turned upright.
    let rotation: Int
    let hasAudio: Bool
}
