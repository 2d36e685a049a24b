import COpenVINO

/// The library that runs the networks of model files.
package enum Inference: String, Sendable, Hashable, CaseIterable {
    case opencv, openvino

    /// Whether the package was built with it.
    package var isBuiltIn: Bool { self == .opencv || copenvino_is_built_in() }

    /// The fastest of those that are built in.
    package static var standard: Self { openvino.isBuiltIn ? .openvino : .opencv }
}
