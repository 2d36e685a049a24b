import AWS
import ArgumentParser
import Logging
import VideoAnalysis

/// Fetches the models that the settings name, and tries each, before the service takes any work.
struct ModelLoading: Sendable {
    let startup: Startup
    let aws: AWSClient

    /// - Throws: exit code 78 after a line that names the setting, when a model cannot be used; 69 when S3 does not
    ///   answer now.
    func load(into configuration: inout ServiceConfiguration) async throws {
        let cache = ModelCache(s3: S3Client(aws), folder: configuration.analysis.workFolder + "/models")
        let inference = configuration.inference
        if let reference = configuration.detectorModel {
            let model = try await load(reference, "DETECTOR_MODEL", from: cache, inference) {
                (model) throws(VideoAnalysisError) in
                try ModelDetector.check(model)
            }
            configuration.analysis.analysis.detector = .model(model)
        }
        if let reference = configuration.depthModel {
            let model = try await load(reference, "DEPTH_MODEL", from: cache, inference) {
                (model) throws(VideoAnalysisError) in
                _ = try DepthNetwork(model: model)
            }
            configuration.analysis.analysis.depthModel = model
        }
        for reference in configuration.embeddingModels {
            let others = configuration.analysis.analysis.embeddingModels
            let model = try await load(reference, "EMBEDDING_MODEL", from: cache, inference) {
                (model) throws(VideoAnalysisError) in
                _ = try ModelEmbedder(model: model)
                try AnalysisSettings(embeddingModels: others + [model]).validate()
            }
            configuration.analysis.analysis.embeddingModels.append(model)
        }
    }

    private func load(
        _ reference: ModelReference, _ setting: String, from cache: ModelCache, _ inference: Inference,
        check: @escaping @Sendable (ModelFile) throws(VideoAnalysisError) -> Void
    ) async throws -> ModelFile {
        do throws(ModelError) {
            var loaded = try await cache.load(reference)
            loaded.inference = inference
            let model = loaded
            try await OwnThread.run {
                Result { () throws(ModelError) in try Self.checked(model, check) }
            }
            startup.logger.info(
                "model loaded",
                metadata: [
                    "model": "\(reference)", "model.inference": "\(inference.rawValue)",
                    "model.sha256": "\(model.sha256)",
                    "model.family": "\(model.manifest?.family.rawValue ?? "recognised")",
                    "model.licence": "\(model.manifest?.licence ?? "unknown")",
                ])
            return model
        } catch {
            // The threads of libcurl must have ended before the process does.
            await aws.shutdown()
            Startup.say("\(setting) is \"\(reference)\": \(error)")
            throw error.isTemporary ? Startup.unavailableExitCode : Startup.configurationExitCode
        }
    }

    private static func checked(
        _ model: ModelFile, _ check: (ModelFile) throws(VideoAnalysisError) -> Void
    ) throws(ModelError) {
        do throws(VideoAnalysisError) {
            try check(model)
        } catch {
            throw ModelError(error.message)
        }
    }
}
