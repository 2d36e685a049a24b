extension AnalysisSettings {
    /// What makes the vectors of frames.
    ///
    /// - Throws: `badSetting` for a model that cannot be used.
    package func makeFrameEmbedder() throws(VideoAnalysisError) -> any ImageEmbedder {
        if let model = embeddingModel(of: .frames) { return try ModelEmbedder(model: model) }
        return ImageDescriptor(of: .frames)
    }

    /// What makes the vectors of objects' crops.
    ///
    /// - Throws: `badSetting` for a model that cannot be used.
    package func makeObjectEmbedder() throws(VideoAnalysisError) -> any ImageEmbedder {
        if let model = embeddingModel(of: .objects) { return try ModelEmbedder(model: model) }
        return ImageDescriptor(of: .objects)
    }

    /// The `model` of the rows of frames, known before any model is loaded.
    var frameModelName: String {
        embeddingModel(of: .frames).map(ModelEmbedder.name) ?? ImageDescriptor(of: .frames).modelName
    }

    var objectModelName: String {
        embeddingModel(of: .objects).map(ModelEmbedder.name) ?? ImageDescriptor(of: .objects).modelName
    }

    private func embeddingModel(of subject: ModelManifest.Subject) -> ModelFile? {
        embeddingModels.first { $0.subject == subject }
    }
}

extension ModelFile {
    /// What an embedding model describes: as its manifest says, else objects when its input is taller than wide, as
    /// the inputs of networks for people are.
    var subject: ModelManifest.Subject? {
        guard let manifest else { return nil }
        return manifest.describes ?? (manifest.input.height > manifest.input.width ? .objects : .frames)
    }
}
