import JSON
import VideoAnalysis

extension ManifestDocument {
    /// As `init(parsing:)` reads it.
    var json: JSON {
        let input = manifest.input
        var members: [String: JSON] = [
            "family": .string(manifest.family.rawValue), "file": .string(file),
            "input": [
                "width": .integer(Int64(input.width)), "height": .integer(Int64(input.height)),
                "channels": .string(input.channels.rawValue),
                "range": [.number(Double(input.range.lowerBound)), .number(Double(input.range.upperBound))],
                "mean": .array(input.mean.map { .number(Double($0)) }),
                "std": .array(input.std.map { .number(Double($0)) }),
                "letterbox": .string(input.letterbox.rawValue), "pad": .number(Double(input.pad)),
            ],
        ]
        if let sha256 { members["sha256"] = .string(sha256) }
        if let describes = manifest.describes { members["describes"] = .string(describes.rawValue) }
        if let gives = manifest.gives { members["gives"] = .string(gives.rawValue) }
        if let licence = manifest.licence { members["licence"] = .string(licence) }
        if manifest.family.isDetector { members["labels"] = .array(manifest.labels.map { .string($0) }) }
        return .object(members)
    }
}
