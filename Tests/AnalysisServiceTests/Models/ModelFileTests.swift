import Foundation
import JSON
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

@Suite struct ModelFileTests {
    @Test func aModelIsNamedByItsManifestOrItsNetwork() async throws {
        let digest = try await ModelSample.digest(of: ModelSample.network)
        #expect(digest.count == 64)
        try await TestPaths.withFolder { folder in
            try ModelSample.write(
                ["m.onnx": ModelSample.network, "m.json": ModelSample.manifest(sha256: digest)], into: folder)
            let manifest = folder.appending(path: "m.json").path
            let network = folder.appending(path: "m.onnx").path
            let model = try ModelFile(loading: manifest)
            #expect(model.path == network && model.source == manifest && model.sha256 == digest && model.name == "m")
            #expect(model.manifest?.labels == ["person", "gnome"] && model.manifest?.licence == "MIT")
            #expect(try ModelFile(loading: network) == model)
            try FileManager.default.removeItem(atPath: manifest)
            let bare = try ModelFile(loading: network)
            #expect(bare.manifest == nil && bare.source == network && bare.sha256 == digest)
        }
    }

    @Test func whatIsWrongIsNamed() async throws {
        let other = String(repeating: "0", count: 64)
        try await TestPaths.withFolder { folder in
            try ModelSample.write(
                [
                    "m.onnx": ModelSample.network, "pinned.json": ModelSample.manifest(sha256: other),
                    "lost.json": ModelSample.manifest(file: "lost.onnx"), "broken.json": Array("{".utf8),
                    "beside.onnx": ModelSample.network, "beside.json": ModelSample.manifest(),
                ], into: folder)
            for (name, part) in [
                ("pinned.json", "wants \(other)"), ("lost.json", "lost.onnx cannot be read"),
                ("broken.json", "broken.json is wrong"), ("none.onnx", "none.onnx cannot be read"),
                ("none.json", "none.json cannot be read"), ("beside.onnx", "describes"),
            ] {
                let error = try #require(throws: ModelError.self) {
                    try ModelFile(loading: folder.appending(path: name).path)
                }
                #expect("\(error)".contains(part), "\(error)")
            }
        }
    }

    @Test(arguments: ["", "m", "m.bin", "s3://b", "s3:///k.onnx", "s3://b/k.txt"])
    func whatNamesNoModelIsRefused(text: String) {
        #expect(throws: ModelError.self) { try ModelReference(parsing: text) }
    }

    @Test(arguments: ["/a/m.onnx", "m.JSON", "s3://bucket/a/b c.onnx", "s3://bucket/m.json"])
    func aReferenceIsWrittenAsItIsRead(text: String) throws {
        #expect("\(try ModelReference(parsing: text))" == text)
    }

    @Test func aDepthModelSaysWhatItGives() throws {
        func document(_ family: String, _ gives: String) throws(JSONError) -> ManifestDocument {
            let labels = family == "yolox" ? #""labels": ["a"], "# : ""
            let text = #"""
                {"family": "\#(family)", "file": "m.onnx", \#(labels)\#(gives)
                 "input": {"width": 32, "height": 32, "channels": "rgb", "range": [0, 1], "letterbox": "none"}}
                """#
            return try ManifestDocument(parsing: Array(text.utf8))
        }
        for gives in ModelManifest.Depth.allCases {
            let read = try document("depth", #""gives": "\#(gives.rawValue)","#)
            #expect(read.manifest.gives == gives)
            let again = try ManifestDocument(parsing: Array(read.json.serialized().utf8))
            #expect(again == read)
        }
        for (family, gives) in [("depth", ""), ("depth", #""gives": "feet","#), ("yolox", #""gives": "metres","#)] {
            let error = try #require(throws: JSONError.self) { try document(family, gives) }
            #expect(error.path == "gives")
        }
    }
}
