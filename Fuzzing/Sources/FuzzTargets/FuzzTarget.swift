/// A reader of input from outside, and what must hold for whatever it is given.
///
/// A reader may refuse its input by its own error. Beside that a crash, an endless loop, memory beyond the limit and
/// ``Violation`` are findings.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The body of a queue's message.
    case envelope
    case json
    /// The form-encoded key of an S3 event.
    case key
    /// The JSON file beside a model.
    case manifest
    /// `analysis-service track`'s input, through the tracker.
    case mot
    /// The head of a model file.
    case onnx

    /// What an input showed not to hold.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
    }

    package func check(_ input: [UInt8]) throws {
        switch self {
        case .envelope: try Self.checkEnvelope(input)
        case .json: try Self.checkJSON(input)
        case .key: try Self.checkKey(input)
        case .manifest: try Self.checkManifest(input)
        case .mot: try Self.checkMOT(input)
        case .onnx: try Self.checkONNX(input)
        }
    }

    static func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
        guard condition else { throw Violation(description: sentence()) }
    }
}
