import Crypto
import Foundation
import JSON
import VideoAnalysis

extension ModelFile {
    /// More than protocol buffers, and so ONNX, can hold in one file.
    static let maximumBytes: Int64 = 2 << 30
    static let maximumManifestBytes = 1 << 20

    /// Reads a model that is named by its manifest or by its ONNX file, beside which a manifest of the same name may
    /// be (`yolox.onnx`, `yolox.json`). Blocks the calling thread; the network itself is not loaded.
    ///
    /// - Throws: when a file cannot be read, the manifest is wrong, or the digest is another one.
    init(loading path: String, _ inference: Inference = .standard) throws(ModelError) {
        try self.init(file: path)
        self.inference = inference
    }

    private init(file path: String) throws(ModelError) {
        if path.lowercased().hasSuffix(".json") {
            try self.init(manifest: path)
            return
        }
        let beside = URL(filePath: path).deletingPathExtension().appendingPathExtension("json").path
        guard FileManager.default.fileExists(atPath: beside) else {
            self.init(path: path, sha256: try Self.digest(path), manifest: nil)
            return
        }
        try self.init(manifest: beside)
        guard URL(filePath: self.path).lastPathComponent == URL(filePath: path).lastPathComponent else {
            throw ModelError("\(beside) lies beside \(path), but describes \(self.path).")
        }
    }

    /// Reads each of several models.
    static func loading(_ paths: [String], _ inference: Inference = .standard) throws(ModelError) -> [ModelFile] {
        var models: [ModelFile] = []
        for path in paths { models.append(try ModelFile(loading: path, inference)) }
        return models
    }

    private init(manifest path: String) throws(ModelError) {
        let document = try Self.document(try Self.bytes(path, Int64(Self.maximumManifestBytes)), name: path)
        let file = URL(filePath: path).deletingLastPathComponent().appending(path: document.file).path
        let digest = try Self.digest(file)
        if let wanted = document.sha256, wanted != digest {
            throw ModelError("\(file) has the SHA-256 digest \(digest), but \(path) wants \(wanted).")
        }
        self.init(path: file, sha256: digest, manifest: document.manifest, source: path)
    }

    /// - Parameter name: of the manifest, for people.
    static func document(_ bytes: [UInt8], name: String) throws(ModelError) -> ManifestDocument {
        do throws(JSONError) {
            return try ManifestDocument(parsing: bytes)
        } catch {
            throw ModelError("The manifest \(name) is wrong: \(error).")
        }
    }

    /// SHA-256 of a file, as 64 hexadecimal digits.
    static func digest(_ path: String) throws(ModelError) -> String {
        hexadecimal(SHA256.hash(data: try bytes(path, maximumBytes)))
    }

    static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ path: String, _ maximum: Int64) throws(ModelError) -> [UInt8] {
        do {
            let values = try URL(filePath: path).resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
            guard values.isRegularFile == true else { throw ModelError("\(path) is no file.") }
            guard let size = values.fileSize, Int64(size) <= maximum else {
                throw ModelError("\(path) has more than \(maximum) bytes.")
            }
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
