/// A model file on this machine whose digest is known: whoever makes one has read it.
package struct ModelFile: Sendable, Hashable {
    /// Of the ONNX file.
    package var path: String
    /// SHA-256 of the file's bytes, 64 lower-case hexadecimal digits.
    package var sha256: String
    /// Nil leaves it to the outputs' shapes; only detectors can be recognised by them.
    package var manifest: ModelManifest?
    /// Names the model for another process: the manifest's path, or the ONNX file's.
    package var source: String
    /// What runs the network. Rows differ between the libraries by the rounding of single numbers.
    package var inference: Inference

    /// - Parameter source: nil for `path`.
    package init(
        path: String, sha256: String, manifest: ModelManifest?, source: String? = nil,
        inference: Inference = .standard
    ) {
        self.path = path
        self.sha256 = sha256
        self.manifest = manifest
        self.source = source ?? path
        self.inference = inference
    }

    /// The ONNX file's name without folder and extension.
    package var name: String {
        let file = path.split(separator: "/").last ?? path[...]
        return String(file.hasSuffix(".onnx") ? file.dropLast(".onnx".count) : file)
    }
}
