import JSON
import VideoAnalysis

/// What a report tells of one analysis, whether it was read from the database or made from a file a moment ago.
///
/// Everything in it is bounded, however long the video is: see ``mostKeyFrames`` and ``mostTracks``.
struct VideoReport: Sendable {
    /// Pictures of single moments on one page: some 5 MB at most.
    static let mostKeyFrames = 48
    /// Rows of the table of tracks: those with the most detections.
    static let mostTracks = 500

    struct Fact: Sendable, Hashable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    struct Picture: Sendable, Hashable {
        var kind: DisplayRow.Kind
        var timestamp: Double?
        var width: Int
        var height: Int
        /// JSON text.
        var overlay: String
        var bytes: [UInt8]
        var mediaType: String
    }

    struct Track: Sendable, Hashable {
        /// In metres, from the camera.
        struct Distance: Sendable, Hashable {
            var mean: Double
            var nearest: Double
            var farthest: Double
        }

        var trackID: Int
        var className: String
        var firstTimestamp: Double
        var lastTimestamp: Double
        var detections: Int
        var distance: Distance?
    }

    /// How many rows there are, beyond those that are shown.
    struct Counts: Sendable, Hashable {
        var framesDecoded: Int64 = 0
        var framesAnalysed: Int64 = 0
        var events: Int64 = 0
        /// Events where the tracker filled in what the detector did not see.
        var interpolatedEvents: Int64 = 0
        var untrackedEvents: Int64 = 0
        var tracks: Int64 = 0
        var depth: Int64 = 0
        /// Depth rows whose unit is the metre.
        var metricDepth: Int64 = 0
        var keyFrames: Int64 = 0
    }

    var title: String
    /// Where the video and its rows are from.
    var origin: [Fact]
    var video: VideoDescription
    /// Bytes.
    var fileSize: Int64?
    var settings: ReportSettings
    var counts: Counts
    /// Tracks per class name.
    var classes: [String: Int]
    /// Nil when it was not kept, as in the database.
    var corruptPackets: Int64?
    /// Of the whole video, one of a kind.
    var pictures: [Picture]
    /// In order of time.
    var keyFrames: [Picture]
    /// By id.
    var tracks: [Track]

    func picture(_ kind: DisplayRow.Kind) -> Picture? {
        pictures.first { $0.kind == kind }
    }
}

/// What an analysis' fingerprint says of how it was made.
struct ReportSettings: Sendable, Hashable {
    var detector = ""
    var framesPerSecond: Double?
    /// Nil when all classes were kept.
    var classes: [String]?

    /// - Parameter fingerprint: As ``AnalysisSettings`` writes it; what cannot be read of another one is left out.
    init(fingerprint: String) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSON(parsing: fingerprint).node
        } catch {
            detector = fingerprint
            return
        }
        if case .string(let name) = node["detector"].value { detector = name }
        switch node["frames_per_second"].value {
        case .integer(let rate): framesPerSecond = Double(rate)
        case .number(let rate): framesPerSecond = rate
        default: break
        }
        if case .array(let names) = node["classes"].value {
            classes = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
    }

    var usesNoModel: Bool { detector == HOGDetector.fingerprint }

    /// For people.
    var detectorText: String {
        if usesNoModel { return "people by their outline, other moving objects; no model file (\(detector))" }
        let parts = detector.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[1].count == 64 else { return detector }
        return "model file with SHA-256 \(parts[1].prefix(16))… (\(parts[0]))"
    }
}
