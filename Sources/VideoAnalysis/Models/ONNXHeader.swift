/// The inputs and outputs that an ONNX file declares (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
///
/// OpenCV tells neither, and on a damaged file it ends in the middle of its work.
struct ONNXHeader: Hashable {
    struct Malformed: Error, Hashable {
        let reason: String
    }

    struct Value: Hashable {
        let name: String
        /// Nil for a dimension that is left open.
        let shape: [Int?]
    }

    /// Without those that only name the network's weights.
    private(set) var inputs: [Value] = []
    private(set) var outputs: [Value] = []

    init(_ bytes: [UInt8]) throws(Malformed) {
        do throws(ProtobufFields.Malformed) {
            var graph: ArraySlice<UInt8>?
            var fields = ProtobufFields(bytes[...])
            while let field = try fields.next() {
                if field.number == 7, case .bytes(let message) = field.value { graph = message }
            }
            if let graph { try read(graph: graph) }
        } catch {
            throw Malformed(reason: "it is no ONNX file, or only a part of one")
        }
        guard !inputs.isEmpty, !outputs.isEmpty else {
            throw Malformed(reason: "it is no ONNX file, or has no inputs or outputs")
        }
    }

    private mutating func read(graph: ArraySlice<UInt8>) throws(ProtobufFields.Malformed) {
        var weights: Set<String> = []
        var fields = ProtobufFields(graph)
        while let field = try fields.next() {
            guard case .bytes(let message) = field.value else { continue }
            switch field.number {
            case 5: weights.insert(try Self.text(8, of: message))
            case 11:
                inputs.append(Value(name: try Self.text(1, of: message), shape: try Self.shape(ofValue: message)))
            case 12:
                outputs.append(Value(name: try Self.text(1, of: message), shape: try Self.shape(ofValue: message)))
            default: break
            }
        }
        inputs.removeAll { weights.contains($0.name) }
    }

    private static func text(
        _ number: UInt64, of message: ArraySlice<UInt8>
    ) throws(ProtobufFields.Malformed) -> String {
        var text = ""
        var fields = ProtobufFields(message)
        while let field = try fields.next() {
            if field.number == number, case .bytes(let bytes) = field.value {
                text = String(decoding: bytes, as: UTF8.self)
            }
        }
        return text
    }

    /// ValueInfoProto.type.tensor_type.shape.dim[].dim_value
    private static func shape(ofValue value: ArraySlice<UInt8>) throws(ProtobufFields.Malformed) -> [Int?] {
        var messages = [value]
        for number: UInt64 in [2, 1, 2, 1] {
            var inner: [ArraySlice<UInt8>] = []
            for message in messages {
                var fields = ProtobufFields(message)
                while let field = try fields.next() {
                    if field.number == number, case .bytes(let bytes) = field.value { inner.append(bytes) }
                }
            }
            messages = inner
        }
        var shape: [Int?] = []
        for dimension in messages {
            var size: Int?
            var fields = ProtobufFields(dimension)
            while let field = try fields.next() {
                if field.number == 1, case .integer(let value) = field.value { size = Int(exactly: value) }
            }
            shape.append((size ?? 0) > 0 ? size : nil)
        }
        return shape
    }
}
