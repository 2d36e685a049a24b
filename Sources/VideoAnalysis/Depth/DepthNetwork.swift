/// Estimates the depth of every pixel with a network of the MiDaS or Depth-Anything class.
///
/// Ranftl et al., "Towards Robust Monocular Depth Estimation", 2022; Yang et al., "Depth Anything V2", 2024.
package struct DepthNetwork: Sendable {
    let gives: ModelManifest.Depth
    /// The `estimator` of its rows.
    let estimator: String
    private let network: Network

    /// Loads the network and runs it once, so that one of another kind is refused before there is a video.
    ///
    /// - Throws: `badSetting` for a file that cannot be used, or a network that gives anything but one map.
    package init(model: ModelFile) throws(VideoAnalysisError) {
        guard let manifest = model.manifest, manifest.family == .depth else {
            let family = model.manifest?.family.rawValue ?? "none, since it has no manifest"
            throw VideoAnalysisError(
                .badSetting, "The model \(model.path) must be of the family depth to estimate depth; it is \(family).")
        }
        guard let gives = manifest.gives else {
            throw VideoAnalysisError(
                .badSetting, "The manifest of \(model.path) does not say whether it gives inverse depth or metres.")
        }
        self.gives = gives
        network = try Network(model)
        estimator = "\(model.name)-\(model.sha256.prefix(12))"
        let blank = try Image.filled(
            width: network.input.width, height: network.input.height, color: Color(red: 128, green: 128, blue: 128))
        _ = try raster(of: blank)
    }

    /// Blocks the calling thread.
    func raster(of image: Image) throws(VideoAnalysisError) -> DepthRaster {
        let outputs = try network.run(image)
        let map = outputs.first
        guard outputs.count == 1, let map, map.shape.count >= 2,
            map.shape.dropLast(2).allSatisfy({ $0 == 1 }), let width = map.shape.last,
            width >= 2, let height = map.shape.dropLast().last, height >= 2,
            abs(Double(width * network.input.height) / Double(height * network.input.width) - 1) < 0.1
        else {
            let shapes = outputs.map { "\($0.name) \($0.shapeText)" }.joined(separator: ", ")
            throw VideoAnalysisError(
                .badSetting,
                "The model \(estimator) must give one map [1, height, width] in the form of its input "
                    + "(\(network.input.width) x \(network.input.height)), not \(shapes).")
        }
        // What was padded around the frame is cut away.
        let place = network.placement(of: image)
        let scale = (x: Double(width) / Double(network.input.width), y: Double(height) / Double(network.input.height))
        let columns = Self.range(place.x, place.width, scale.x, limit: width)
        let rows = Self.range(place.y, place.height, scale.y, limit: height)
        var values: [Float] = []
        values.reserveCapacity(columns.count * rows.count)
        for row in rows { values += map.values[row * width + columns.lowerBound..<row * width + columns.upperBound] }
        if gives == .metres { values = values.map { $0 > 0 ? $0 : .nan } }
        return DepthRaster(
            width: columns.count, height: rows.count, frameWidth: Double(image.width),
            frameHeight: Double(image.height), values: values)
    }

    private static func range(_ start: Int, _ length: Int, _ scale: Double, limit: Int) -> Range<Int> {
        let lower = min(Int((Double(start) * scale).rounded()), limit - 1)
        let upper = Int((Double(start + length) * scale).rounded())
        return lower..<min(max(upper, lower + 1), limit)
    }

    /// Everything that changes what the network gives for an image, as text.
    static func fingerprint(of model: ModelFile) -> String {
        "\(model.sha256) \(model.manifest?.fingerprint ?? "")"
    }
}

extension AnalysisSettings {
    /// - Throws: `badSetting` for a model that cannot be used.
    func makeDepthNetwork() throws(VideoAnalysisError) -> DepthNetwork? {
        guard let depthModel else { return nil }
        return try DepthNetwork(model: depthModel)
    }
}
