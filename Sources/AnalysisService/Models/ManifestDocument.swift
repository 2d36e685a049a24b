import JSON
import VideoAnalysis

/// The JSON file beside a model, see docs/models.md.
struct ManifestDocument: Sendable, Hashable {
    /// The ONNX file, relative to the manifest.
    var file: String
    /// Nil leaves the file unpinned.
    var sha256: String?
    var manifest: ModelManifest

    /// - Throws: an error that names the place, such as `input.width: expected integer, found string`.
    init(parsing bytes: [UInt8]) throws(JSONError) {
        let node = try JSON(parsing: bytes).node
        try node.allow(["family", "file", "sha256", "input", "labels", "describes", "gives", "licence"])
        file = try node["file"].string()
        // By bytes, as the file system does it: Swift takes a slash and an accent after it for one character.
        let folders = file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard folders[0].count > 0, !folders.contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw node["file"].error("expected a path below the manifest's folder, found \"\(file)\"")
        }
        sha256 = try node["sha256"].optionalString()?.lowercased()
        if let sha256, sha256.utf8.count != 64 || !sha256.allSatisfy(\.isHexDigit) {
            throw node["sha256"].error("expected 64 hexadecimal digits, found \"\(sha256)\"")
        }
        let family = try node["family"].choice(among: ModelManifest.Family.allCases)
        manifest = ModelManifest(
            family: family, input: try ModelManifest.Input(node["input"]),
            labels: try Self.labels(node["labels"], family), describes: try Self.subject(node["describes"], family),
            gives: try Self.depth(node["gives"], family), licence: try node["licence"].optionalString())
    }

    private static func subject(
        _ node: JSONNode, _ family: ModelManifest.Family
    ) throws(JSONError) -> ModelManifest.Subject? {
        guard node.exists else { return nil }
        guard family == .embedding else { throw node.error("only a model of the family embedding has it") }
        return try node.choice(among: ModelManifest.Subject.allCases)
    }

    /// Nothing in the file tells metres from numbers without a unit, so there is no default.
    private static func depth(
        _ node: JSONNode, _ family: ModelManifest.Family
    ) throws(JSONError) -> ModelManifest.Depth? {
        guard family == .depth || node.exists else { return nil }
        guard family == .depth else { throw node.error("only a model of the family depth has it") }
        return try node.choice(among: ModelManifest.Depth.allCases)
    }

    private static func labels(
        _ node: JSONNode, _ family: ModelManifest.Family
    ) throws(JSONError) -> [String] {
        guard family.isDetector else {
            if node.exists { throw node.error("a model of the family \(family.rawValue) has no labels") }
            return []
        }
        if case .string(let name) = node.value {
            guard name == "coco" else { throw node.error("expected \"coco\" or an array of names, found \"\(name)\"") }
            return COCOLabels.names
        }
        var labels: [String] = []
        for label in try node.array() {
            let name = try label.string()
            guard !name.isEmpty else { throw label.error("a label is empty") }
            labels.append(name)
        }
        guard !labels.isEmpty else { throw node.error("there are no labels") }
        return labels
    }
}

extension ModelManifest.Input {
    private static let sizes = 16...8192
    private static let usualPad = 114.0

    fileprivate init(_ node: JSONNode) throws(JSONError) {
        try node.allow(["width", "height", "channels", "range", "mean", "std", "letterbox", "pad"])
        let range = try node["range"].floats(count: 2)
        guard range[0] < range[1] else { throw node["range"].error("the first number is not below the second") }
        let std = node["std"].exists ? try node["std"].floats(count: 3) : [1, 1, 1]
        guard !std.contains(0) else { throw node["std"].error("a standard deviation is 0") }
        let pad = try node["pad"].optionalDouble() ?? Self.usualPad
        guard (0...255).contains(pad) else { throw node["pad"].error("expected 0 to 255, found \(pad)") }
        self.init(
            width: try node["width"].int(in: Self.sizes), height: try node["height"].int(in: Self.sizes),
            channels: try node["channels"].choice(among: ModelManifest.Channels.allCases), range: range[0]...range[1],
            mean: node["mean"].exists ? try node["mean"].floats(count: 3) : [0, 0, 0], std: std,
            letterbox: try node["letterbox"].choice(among: ModelManifest.Letterbox.allCases), pad: Float(pad))
    }
}

extension JSONNode {
    /// A misspelt name would silently leave its default in force.
    fileprivate func allow(_ names: Set<String>) throws(JSONError) {
        for (name, node) in try object().sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            throw node.error("unknown; expected one of \(names.sorted().joined(separator: ", "))")
        }
    }

    fileprivate func choice<Value: RawRepresentable<String>>(among values: [Value]) throws(JSONError) -> Value {
        let text = try string()
        guard let value = Value(rawValue: text) else {
            throw error("expected one of \(values.map(\.rawValue).joined(separator: ", ")), found \"\(text)\"")
        }
        return value
    }

    fileprivate func int(in range: ClosedRange<Int>) throws(JSONError) -> Int {
        let value = try int()
        guard range.contains(value) else {
            throw error("expected \(range.lowerBound) to \(range.upperBound), found \(value)")
        }
        return value
    }

    fileprivate func floats(count: Int) throws(JSONError) -> [Float] {
        let nodes = try array()
        guard nodes.count == count else { throw error("expected \(count) numbers, found \(nodes.count)") }
        var values: [Float] = []
        for node in nodes {
            let value = Float(try node.double())
            guard value.isFinite else { throw node.error("number outside the range of single precision") }
            values.append(value)
        }
        return values
    }
}
