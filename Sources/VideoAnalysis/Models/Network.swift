import COpenCV

/// A neural network from an ONNX file, run on as many images at once as it has copies in memory.
package final class Network: Sendable {
    package let input: ModelManifest.Input
    /// As the file names them, in the file's order.
    package let outputNames: [String]

    /// The copies that nobody uses now.
    private let engines: BoundedQueue<any NetworkEngine>

    /// - Parameters:
    ///   - isResized: the file may declare another width and height than the input's. Networks that only convolve can
    ///     often be run so.
    ///   - copies: at least 1; callers beyond these wait for each other.
    /// - Throws: `badSetting` with the reason when the bytes are no network that takes an image of this size.
    package init(
        onnx: [UInt8], input: ModelManifest.Input, isResized: Bool = false, inference: Inference = .standard,
        copies: Int = 1
    ) throws(VideoAnalysisError) {
        let header = try Self.header(of: onnx)
        try input.check(against: header, isResized: isResized)
        self.input = input
        outputNames = header.outputs.map(\.name)
        // Threads within one call hardly help, neither a network nor the resizing of an image.
        copencv_set_thread_count(1)
        engines = BoundedQueue(capacity: copies)
        for engine in try inference.engines(onnx: onnx, input: input, outputs: outputNames, copies: copies) {
            _ = engines.push(engine)
        }
    }

    /// The width and height of the images that a network takes; nil where the file leaves them open.
    package static func declaredSize(
        onnx: [UInt8]
    ) throws(VideoAnalysisError) -> (width: Int?, height: Int?) {
        let shape = try Self.header(of: onnx).inputs[0].shape
        return shape.count == 4 ? (shape[3], shape[2]) : (nil, nil)
    }

    /// The outputs without their numbers; nil when the file leaves a shape open.
    package static func declaredOutputs(onnx: [UInt8]) throws(VideoAnalysisError) -> [Tensor]? {
        var outputs: [Tensor] = []
        for output in try Self.header(of: onnx).outputs {
            let shape = output.shape.compactMap(\.self)
            guard !shape.isEmpty, shape.count == output.shape.count else { return nil }
            outputs.append(Tensor(name: output.name, shape: shape, values: []))
        }
        return outputs
    }

    /// Runs the network, blocking the calling thread.
    ///
    /// - Returns: the outputs in the order of ``outputNames``.
    package func run(_ image: Image) throws(VideoAnalysisError) -> [Tensor] {
        guard case .element(let engine) = engines.pop() else {
            throw VideoAnalysisError(.internalError, "The network has no copy in memory.")
        }
        defer { _ = engines.push(engine) }
        return try engine.run { values throws(VideoAnalysisError) in try write(image, to: values) }
    }

    /// Where an image lies in the network's input.
    package func placement(of image: Image) -> InputPlacement {
        InputPlacement(imageWidth: image.width, imageHeight: image.height, input: input)
    }

    /// - Parameter planes: three of the input's size.
    private func write(_ image: Image, to planes: UnsafeMutablePointer<Float>) throws(VideoAnalysisError) {
        let place = placement(of: image)
        let step = (input.range.upperBound - input.range.lowerBound) / 255
        let scale = input.std.map { step / $0 }
        let offset = zip(input.mean, input.std).map { (input.range.lowerBound - $0) / $1 }
        var raw = copencv_network_input(
            width: Int32(input.width), height: Int32(input.height), x: Int32(place.x), y: Int32(place.y),
            image_width: Int32(place.width), image_height: Int32(place.height), pad: input.pad,
            is_rgb: input.channels == .rgb, scale: (scale[0], scale[1], scale[2]),
            offset: (offset[0], offset[1], offset[2]))
        try Image.check { error in copencv_network_prepare(image.handle, &raw, planes, error) }
    }

    private static func header(of onnx: [UInt8]) throws(VideoAnalysisError) -> ONNXHeader {
        do throws(ONNXHeader.Malformed) {
            return try ONNXHeader(onnx)
        } catch {
            throw VideoAnalysisError(.badSetting, "The model file cannot be used: \(error.reason).")
        }
    }
}

extension ModelManifest.Input {
    /// - Throws: `badSetting` for values that no network can have, or not this one.
    fileprivate func check(against header: ONNXHeader, isResized: Bool) throws(VideoAnalysisError) {
        guard (1...8192).contains(width), (1...8192).contains(height) else {
            throw VideoAnalysisError(.badSetting, "A network's input cannot measure \(width) x \(height) pixels.")
        }
        guard mean.count == 3, std.count == 3, std.allSatisfy({ $0 != 0 && $0.isFinite }),
            mean.allSatisfy(\.isFinite)
        else {
            throw VideoAnalysisError(
                .badSetting, "A model's mean and std must be three finite numbers each, std without 0.")
        }
        guard header.inputs.count == 1 else {
            let names = header.inputs.map(\.name).joined(separator: ", ")
            throw VideoAnalysisError(
                .badSetting, "The model file takes \(header.inputs.count) inputs (\(names)) instead of one image.")
        }
        let shape = header.inputs[0].shape
        let wanted = [1, 3, height, width]
        let compared = isResized ? 2 : 4
        guard shape.isEmpty || shape.count == 4, zip(shape, wanted).prefix(compared).allSatisfy({ ($0 ?? $1) == $1 })
        else {
            let text = "[" + shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
            throw VideoAnalysisError(
                .badSetting, "The model file takes an input of shape \(text), not \(wanted).")
        }
    }
}
