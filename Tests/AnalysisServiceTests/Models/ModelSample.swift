import Foundation
import TestSupport
import VideoAnalysis

@testable import AnalysisService

/// A model that sees one person in the middle of every picture, in YOLOv5's layout.
enum ModelSample {
    static let network: [UInt8] = {
        var values = [Float](repeating: 0, count: 63 * 7)
        values.replaceSubrange(0..<7, with: [16, 16, 8, 16, 1, 0.9, 0])
        return ONNXFile(outputs: [.constant(name: "o", shape: [1, 63, 7], values: values)]).bytes
    }()

    /// - Parameters:
    ///   - sha256: nil leaves the network unpinned.
    ///   - labels: of the two classes.
    static func manifest(
        sha256: String? = nil, labels: [String] = ["person", "gnome"], file: String = "m.onnx"
    ) -> [UInt8] {
        let digest = sha256.map { #""sha256": "\#($0)", "# } ?? ""
        let names = labels.map { #""\#($0)""# }.joined(separator: ", ")
        return Array(
            #"""
            {"family": "yolov5", "file": "\#(file)", \#(digest)"labels": [\#(names)], "licence": "MIT",
             "input": {"width": 32, "height": 32, "channels": "rgb", "range": [0, 1], "letterbox": "none"}}
            """#.utf8)
    }

    /// Writes files into the folder.
    static func write(_ files: [String: [UInt8]], into folder: URL) throws {
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
    }

    static func digest(of bytes: [UInt8]) async throws -> String {
        try await TestPaths.withFolder { folder in
            try write(["x.onnx": bytes], into: folder)
            return try ModelFile.digest(folder.appending(path: "x.onnx").path)
        }
    }
}
