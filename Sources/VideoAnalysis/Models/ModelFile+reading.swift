import Foundation

extension ModelFile {
    /// The file's bytes.
    ///
    /// - Throws: `badSetting` when it cannot be read.
    func read() throws(VideoAnalysisError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw VideoAnalysisError(
                .badSetting, "The model file \(path) cannot be read: \(error.localizedDescription)")
        }
    }
}

extension Network {
    /// Loads a model whose manifest says what it takes.
    ///
    /// - Throws: `badSetting` for a model without manifest, or one that cannot be used.
    package convenience init(_ model: ModelFile) throws(VideoAnalysisError) {
        guard let manifest = model.manifest else {
            throw VideoAnalysisError(.badSetting, "The model file \(model.path) has no manifest.")
        }
        try self.init(onnx: try model.read(), input: manifest.input, inference: model.inference)
    }
}
