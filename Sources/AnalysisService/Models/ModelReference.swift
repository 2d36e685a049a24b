/// Where a model is: a manifest (`.json`) or the ONNX file itself, on this machine or in S3.
enum ModelReference: Sendable, Hashable, CustomStringConvertible {
    case file(path: String)
    case object(bucket: String, key: String)

    /// - Parameters:
    ///   - text: a path, or `s3://BUCKET/KEY`.
    ///   - isLocal: whether only a path will do.
    /// - Throws: for what is neither, or ends in neither `.onnx` nor `.json`.
    init(parsing text: String, isLocal: Bool = false) throws(ModelError) {
        if text.hasPrefix("s3://") {
            guard !isLocal else { throw ModelError("\(text) must be downloaded first: expected a path.") }
            let parts = text.dropFirst("s3://".count).split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { throw ModelError("\(text) is not of the form s3://BUCKET/KEY.") }
            self = .object(bucket: String(parts[0]), key: String(parts[1]))
        } else {
            guard !text.isEmpty else { throw ModelError("The model's path is empty.") }
            self = .file(path: text)
        }
        guard isManifest || name.lowercased().hasSuffix(".onnx") else {
            throw ModelError("\(text) ends neither in .onnx nor in .json.")
        }
    }

    var description: String {
        switch self {
        case .file(let path): path
        case .object(let bucket, let key): "s3://\(bucket)/\(key)"
        }
    }

    var isManifest: Bool { name.lowercased().hasSuffix(".json") }

    private var name: String {
        switch self {
        case .file(let path): path
        case .object(_, let key): key
        }
    }
}
