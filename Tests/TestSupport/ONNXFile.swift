/// A small ONNX file, written by hand in the protocol buffers' wire format, whose network gives known numbers.
package struct ONNXFile: Sendable {
    /// What an output of the network gives.
    package enum Output: Sendable {
        /// These numbers, whatever the image is: its mean is multiplied by zero and they are added.
        case constant(name: String, shape: [Int], values: [Float])
        /// Boxes in YOLOv5's layout for one class, all without score but the first in the middle of a 32 x 32 input,
        /// whose score is the image's mean.
        case scoredByBrightness(name: String, rows: Int)
        /// The numbers of the input.
        case image(name: String)
        /// 1 / (1 + exp(-x)) of the numbers of the input.
        case sigmoid(name: String)
        /// The mean of the input's three channels at each pixel: `shape` has as many numbers as a channel of the input.
        case brightness(name: String, shape: [Int])

        /// A row `x, y, w, h, objectness, score` for each place of the grids of strides 8, 16 and 32, as YOLOX has them, for
        /// an input of any size: zeros, but for the objectness, the mean of the place's pixels, and the score, which is
        /// the same.
        case grids(name: String)

        /// What is added to the mean of each channel times its weights, for outputs that have a table of numbers.
        fileprivate var table: (name: String, shape: [Int], values: [Float], weights: [Float])? {
            switch self {
            case .image, .sigmoid, .brightness, .grids: return nil
            case .constant(let name, let shape, let values):
                return (name, shape, values, [Float](repeating: 0, count: 3 * values.count))
            case .scoredByBrightness(let name, let rows):
                var values = [Float](repeating: 0, count: 6 * rows)
                values.replaceSubrange(0..<6, with: [16, 16, 8, 8, 0, 1])
                var weights = [Float](repeating: 0, count: 3 * values.count)
                for channel in 0..<3 { weights[3 * 4 + channel] = 1 / 3 }
                return (name, [1, rows, 6], values, weights)
            }
        }
    }

    private static let strides = [8, 16, 32]

    private let inputShape: [Int?]
    private let inputCount: Int
    private let outputs: [Output]
    private let declaresTables: Bool

    /// - Parameters:
    ///   - inputShape: nil leaves a dimension open.
    ///   - declaresTables: false leaves the shapes of the outputs open that have a table of numbers.
    package init(
        inputShape: [Int?] = [1, 3, 32, 32], inputCount: Int = 1, outputs: [Output], declaresTables: Bool = true
    ) {
        self.inputShape = inputShape
        self.inputCount = inputCount
        self.outputs = outputs
        self.declaresTables = declaresTables
    }

    package var bytes: [UInt8] {
        var graph: [UInt8] = []
        for output in outputs { graph += nodes(for: output) }
        graph += Self.field(2, text: "graph")
        for output in outputs { graph += weights(for: output) }
        for index in 0..<inputCount {
            let name = index == 0 ? "image" : "image\(index + 1)"
            graph += Self.field(11, Self.value(name, shape: inputShape))
        }
        for output in outputs {
            switch output {
            case .image(let name), .sigmoid(let name):
                graph += Self.field(12, Self.value(name, shape: inputShape))
            case .brightness(let name, let shape): graph += Self.field(12, Self.value(name, shape: shape))
            case .grids(let name): graph += Self.field(12, Self.value(name, shape: [1, nil, 6]))
            case .constant, .scoredByBrightness: break
            }
            if let table = output.table {
                let shape = table.shape.map { declaresTables ? $0 : nil }
                graph += Self.field(12, Self.value(table.name, shape: shape))
            }
        }
        let opset = Self.field(1, text: "") + Self.field(2, number: 11)
        return Self.field(1, number: 6) + Self.field(7, graph) + Self.field(8, opset)
    }

    private func nodes(for output: Output) -> [UInt8] {
        if case .image(let name) = output { return Self.node("Identity", ["image"], [name]) }
        if case .sigmoid(let name) = output { return Self.node("Sigmoid", ["image"], [name]) }
        if case .brightness(let name, _) = output {
            return Self.node(
                "Conv", ["image", "\(name).weights"], ["\(name).mean"], attributes: ["kernel_shape": [1, 1]])
                + Self.node("Reshape", ["\(name).mean", "\(name).shape"], [name])
        }
        if case .grids(let name) = output {
            let grids = Self.strides.flatMap { stride in
                Self.node(
                    "AveragePool", ["image"], ["\(name).\(stride).mean"],
                    attributes: ["kernel_shape": [stride, stride], "strides": [stride, stride]])
                    + Self.node(
                        "Conv", ["\(name).\(stride).mean", "\(name).weights"], ["\(name).\(stride).grid"],
                        attributes: ["kernel_shape": [1, 1]])
                    + Self.node("Reshape", ["\(name).\(stride).grid", "\(name).shape"], ["\(name).\(stride)"])
            }
            return grids
                + Self.node("Concat", Self.strides.map { "\(name).\($0)" }, ["\(name).all"], attributes: ["axis": [2]])
                + Self.node("Transpose", ["\(name).all"], [name], attributes: ["perm": [0, 2, 1]])
        }
        guard let name = output.table?.name else { return [] }
        return Self.node("GlobalAveragePool", ["image"], ["\(name).mean"])
            + Self.node("Flatten", ["\(name).mean"], ["\(name).flat"])
            + Self.node(
                "Gemm", ["\(name).flat", "\(name).weights", "\(name).values"], ["\(name).row"], transposesWeights: true)
            + Self.node("Reshape", ["\(name).row", "\(name).shape"], [name])
    }

    private func weights(for output: Output) -> [UInt8] {
        if case .brightness(let name, let shape) = output {
            return Self.weights("\(name).weights", [1, 3, 1, 1], [1 / 3, 1 / 3, 1 / 3]) + Self.shape(name, shape)
        }
        if case .grids(let name) = output {
            let mean = [Float](repeating: 1 / 3, count: 3)
            return Self.weights("\(name).weights", [6, 3, 1, 1], [Float](repeating: 0, count: 12) + mean + mean)
                + Self.shape(name, [1, 6, -1])
        }
        guard let table = output.table else { return [] }
        return Self.weights("\(table.name).weights", [table.values.count, 3], table.weights)
            + Self.weights("\(table.name).values", [table.values.count], table.values)
            + Self.shape(table.name, table.shape)
    }

    /// The second input of a `Reshape`.
    private static func shape(_ output: String, _ shape: [Int]) -> [UInt8] {
        field(
            5, shape: [shape.count], type: 7, name: "\(output).shape",
            data: shape.flatMap { littleEndian(Int64($0)) })
    }

    private static func weights(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
        field(5, shape: shape, type: 1, name: name, data: values.flatMap { littleEndian($0.bitPattern) })
    }

    /// A TensorProto; type 1 is float, 7 is int64.
    private static func field(
        _ number: Int, shape: [Int], type: Int, name: String, data: [UInt8]
    ) -> [UInt8] {
        let dimensions = shape.flatMap { field(1, number: $0) }
        return field(number, dimensions + field(2, number: type) + field(8, text: name) + field(9, data))
    }

    /// - Parameter transposesWeights: as every exporter writes `Gemm`; OpenCV 4.6 reads no other.
    private static func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], transposesWeights: Bool = false,
        attributes: [String: [Int]] = [:]
    ) -> [UInt8] {
        let names = inputs.flatMap { field(1, text: $0) } + outputs.flatMap { field(2, text: $0) }
        var body = names + field(3, text: outputs[0]) + field(4, text: operation)
        if transposesWeights { body += field(5, attribute("transB", 1)) }
        for (name, values) in attributes.sorted(by: { $0.key < $1.key }) {
            body += field(5, name == "axis" ? attribute(name, values[0]) : attribute(name, values))
        }
        return field(1, body)
    }

    /// An AttributeProto of one integer.
    private static func attribute(_ name: String, _ value: Int) -> [UInt8] {
        field(1, text: name) + field(3, number: value) + field(20, number: 2)
    }

    /// An AttributeProto of integers.
    private static func attribute(_ name: String, _ values: [Int]) -> [UInt8] {
        field(1, text: name) + values.flatMap { field(8, number: $0) } + field(20, number: 7)
    }

    /// A ValueInfoProto of floats.
    private static func value(_ name: String, shape: [Int?]) -> [UInt8] {
        let dimensions = shape.flatMap { size in
            field(1, size.map { field(1, number: $0) } ?? field(2, text: "open"))
        }
        return field(1, text: name) + field(2, field(1, field(1, number: 1) + field(2, dimensions)))
    }

    private static func field(_ number: Int, text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    private static func field(_ number: Int, number value: Int) -> [UInt8] {
        varint(UInt64(number) << 3) + varint(UInt64(bitPattern: Int64(value)))
    }

    private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number) << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
