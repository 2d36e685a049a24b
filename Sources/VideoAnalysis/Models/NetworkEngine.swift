/// One copy of a network in the memory of the library that runs it, for one thread at a time.
protocol NetworkEngine: AnyObject, Sendable {
    /// Runs the network.
    ///
    /// - Parameter write: writes the planes of the input to where the network reads them.
    /// - Returns: the outputs in the order in which they were asked for when the network was loaded.
    func run(
        _ write: (UnsafeMutablePointer<Float>) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) -> [Tensor]
}

extension Inference {
    /// Loads a network as often as it is to run at once.
    ///
    /// - Parameter outputs: the names of the wanted outputs, as the file has them.
    func engines(
        onnx: [UInt8], input: ModelManifest.Input, outputs: [String], copies: Int
    ) throws(VideoAnalysisError) -> [any NetworkEngine] {
        do throws(VideoAnalysisError) {
            switch self {
            case .opencv: return try OpenCVEngine.load(onnx: onnx, input: input, outputs: outputs, copies: copies)
            case .openvino: return try OpenVINOEngine.load(onnx: onnx, input: input, outputs: outputs, copies: copies)
            }
        } catch {
            guard error.code == .internalError else { throw error }
            throw VideoAnalysisError(.badSetting, "The model file cannot be read. \(error.message)")
        }
    }
}
