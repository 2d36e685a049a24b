import COpenCV
import Foundation

/// OpenCV's own engine, which hardly gains from a second thread within one network.
///
/// Unchecked since whoever takes it out of its ``Network`` has it alone.
final class OpenCVEngine: NetworkEngine, @unchecked Sendable {
    private let handle: OpaquePointer
    private let input: ModelManifest.Input
    private let outputs: [String]
    private let planes: UnsafeMutablePointer<Float>

    private init(_ onnx: [UInt8], input: ModelManifest.Input, outputs: [String]) throws(VideoAnalysisError) {
        self.input = input
        self.outputs = outputs
        let names = outputs.map { strdup($0) }
        defer { for name in names { free(name) } }
        let pointers = names.compactMap { $0.map { UnsafePointer($0) } }
        handle = try Image.make { result, error in
            onnx.withUnsafeBufferPointer { onnx in
                pointers.withUnsafeBufferPointer { pointers in
                    guard let start = onnx.baseAddress, let first = pointers.baseAddress else {
                        return copencv_status_failed
                    }
                    return copencv_network_create(start, onnx.count, first, pointers.count, result, error)
                }
            }
        }
        planes = .allocate(capacity: 3 * input.width * input.height)
    }

    deinit {
        copencv_network_release(handle)
        planes.deallocate()
    }

    static func load(
        onnx: [UInt8], input: ModelManifest.Input, outputs: [String], copies: Int
    ) throws(VideoAnalysisError) -> [any NetworkEngine] {
        let loaded = ThreadPool(count: copies).map(copies) { _ in
            Result { () throws(VideoAnalysisError) in try OpenCVEngine(onnx, input: input, outputs: outputs) }
        }
        var engines: [any NetworkEngine] = []
        for engine in loaded { engines.append(try engine.get()) }
        return engines
    }

    func run(
        _ write: (UnsafeMutablePointer<Float>) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) -> [Tensor] {
        try write(planes)
        var result: OpaquePointer?
        try Image.check { error in
            copencv_network_run(handle, planes, Int32(input.width), Int32(input.height), &result, error)
        }
        guard let blobs = result else {
            throw VideoAnalysisError(.internalError, "The network gave no outputs.")
        }
        defer { copencv_outputs_release(blobs) }
        return outputs.enumerated().map { index, name in
            let shape = (0..<copencv_outputs_dimension_count(blobs, index)).map {
                Int(copencv_outputs_dimension(blobs, index, $0))
            }
            let count = shape.reduce(1, *)
            let values = UnsafeBufferPointer(start: copencv_outputs_values(blobs, index), count: count)
            return Tensor(name: name, shape: shape, values: Array(values))
        }
    }
}
