/// Makes vectors with a network that gives one vector for an image, such as OSNet for people or CLIP's image part.
package struct ModelEmbedder: ImageEmbedder {
    package let modelName: String
    package let dimensions: Int
    private let network: Network

    /// pgvector's `vector` has room for so many.
    private static let dimensionLimits = 2...16_000

    /// Loads the network and runs it once, so that one of another kind is refused before there is a video.
    ///
    /// - Throws: `badSetting` for a file that cannot be used, or a network that gives anything but one vector.
    package init(model: ModelFile) throws(VideoAnalysisError) {
        guard model.manifest?.family == .embedding else {
            let family = model.manifest?.family.rawValue ?? "none, since it has no manifest"
            throw VideoAnalysisError(
                .badSetting, "The model \(model.path) must be of the family embedding to make vectors; it is \(family)."
            )
        }
        network = try Network(model)
        modelName = Self.name(of: model)
        let blank = try Image.filled(
            width: network.input.width, height: network.input.height, color: Color(red: 128, green: 128, blue: 128))
        dimensions = try Self.vector(network.run(blank), path: model.path).count
    }

    package var inputWidth: Int { network.input.width }
    package var inputHeight: Int { network.input.height }

    package func embed(_ image: Image) throws(VideoAnalysisError) -> [Float] {
        let vector = try Self.vector(network.run(image), path: modelName)
        guard vector.count == dimensions else {
            throw VideoAnalysisError(
                .internalError, "\(modelName) gave \(vector.count) numbers instead of \(dimensions).")
        }
        let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard squares.isFinite, squares > 0 else {
            throw VideoAnalysisError(.internalError, "\(modelName) gave a vector without length for an image.")
        }
        let length = Float(squares.squareRoot())
        return vector.map { $0 / length }
    }

    /// The file's name, and the beginning of a digest over all that decides the vectors: other weights, or the same
    /// weights fed in another way, are another model.
    static func name(of model: ModelFile) -> String {
        "\(model.name)-\(model.sha256.prefix(12))-\(model.manifest?.digest ?? "")"
    }

    /// The one output that is a vector, `[1, D]` or `[1, D, 1, 1]`.
    private static func vector(_ outputs: [Tensor], path: String) throws(VideoAnalysisError) -> [Float] {
        let vectors = outputs.filter { output in
            output.values.count == output.shape.max() && dimensionLimits.contains(output.values.count)
        }
        guard let vector = vectors.first, vectors.count == 1 else {
            let shapes = outputs.map { "\($0.name) \($0.shapeText)" }.joined(separator: ", ")
            throw VideoAnalysisError(
                .badSetting, "The model \(path) must give one vector for an image, not \(shapes).")
        }
        return vector.values
    }
}

extension ModelManifest {
    /// Eight hexadecimal digits of an FNV-1a hash of the fingerprint.
    fileprivate var digest: String {
        let hash = fingerprint.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
