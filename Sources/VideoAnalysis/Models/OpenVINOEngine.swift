import COpenVINO

/// OpenVINO on the CPU, in 32-bit floating point: the copies share one compiled network.
///
/// Unchecked since whoever takes it out of its ``Network`` has it alone.
final class OpenVINOEngine: NetworkEngine, @unchecked Sendable {
    private let handle: OpaquePointer
    private let outputs: [String]

    private init(_ handle: OpaquePointer, outputs: [String]) {
        self.handle = handle
        self.outputs = outputs
    }

    deinit {
        copenvino_network_release(handle)
    }

    static func load(
        onnx: [UInt8], input: ModelManifest.Input, outputs: [String], copies: Int
    ) throws(VideoAnalysisError) -> [any NetworkEngine] {
        guard Inference.openvino.isBuiltIn else {
            throw VideoAnalysisError(
                .badSetting, "OpenVINO is not built in: build with OPENVINO_DIR set, or choose the inference opencv.")
        }
        var handles = [OpaquePointer?](repeating: nil, count: copies)
        try check { error in
            onnx.withUnsafeBufferPointer { onnx in
                handles.withUnsafeMutableBufferPointer { handles in
                    guard let start = onnx.baseAddress, let first = handles.baseAddress else { return false }
                    return copenvino_networks_create(
                        start, onnx.count, Int32(input.width), Int32(input.height), copies, first, &error)
                }
            }
        }
        return handles.compactMap { handle in handle.map { OpenVINOEngine($0, outputs: outputs) } }
    }

    func run(
        _ write: (UnsafeMutablePointer<Float>) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) -> [Tensor] {
        guard let input = copenvino_network_input(handle) else {
            throw VideoAnalysisError(.internalError, "OpenVINO: the network has no input.")
        }
        try write(input)
        try Self.check { error in copenvino_network_run(handle, &error) }
        var tensors: [Tensor] = []
        for name in outputs { tensors.append(try output(name)) }
        return tensors
    }

    private func output(_ name: String) throws(VideoAnalysisError) -> Tensor {
        var output = copenvino_output()
        try Self.check { error in copenvino_network_output(handle, name, &output, &error) }
        let shape = UnsafeBufferPointer(start: output.dimensions, count: output.dimension_count).map { Int($0) }
        let values = UnsafeBufferPointer(start: output.values, count: shape.reduce(1, *))
        return Tensor(name: name, shape: shape, values: Array(values))
    }

    /// - Throws: `internalError` with OpenVINO's own words, the last line of which is the reason.
    private static func check(_ call: (inout copenvino_error) -> Bool) throws(VideoAnalysisError) {
        var error = copenvino_error()
        guard !call(&error) else { return }
        let text = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let lines = text.split(whereSeparator: \.isNewline).map { String($0) }
        throw VideoAnalysisError(.internalError, "OpenVINO: \(lines.last ?? "no reason is given")")
    }
}
