import Foundation
import JSON
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

/// Models in the real executable.
@Suite struct ModelCommandTests {
    private func run(_ arguments: [String], _ environment: [String: String]? = nil) async throws
        -> TestProcess.Completion
    {
        let executable = try TestPaths.executable("analysis-service")
        guard let environment else {
            return try await TestProcess.run(executable, arguments, within: .seconds(300))
        }
        return try await TestProcess.run(executable, arguments, environment: environment, within: .seconds(300))
    }

    @Test func analyzeFindsWhatTheModelSees() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            try ModelSample.write(["m.onnx": ModelSample.network, "m.json": ModelSample.manifest()], into: folder)
            for name in ["m.onnx", "m.json"] {
                let result = try await run([
                    "analyze", video, "--format", "json", "--fps", "5", "--detector",
                    folder.appending(path: name).path,
                ])
                #expect(result.ending == .exited(0), "\(result.standardError)")
                let node = try JSON(parsing: result.standardOutput).node
                #expect(try node["classes"].object().keys.sorted() == ["person"])
                #expect(try node["tracks"].int() == 1)
                #expect(try node["events"].int() == 15)
            }
        }
    }

    @Test(arguments: Inference.allCases)
    func analyzeRunsTheModelByTheLibraryThatIsAskedFor(inference: Inference) async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            try ModelSample.write(["m.onnx": ModelSample.network, "m.json": ModelSample.manifest()], into: folder)
            let result = try await run([
                "analyze", video, "--format", "json", "--inference", inference.rawValue, "--detector",
                folder.appending(path: "m.json").path,
            ])
            if inference.isBuiltIn {
                #expect(result.ending == .exited(0), "\(result.standardError)")
                #expect(try JSON(parsing: result.standardOutput).node["events"].int() == 15)
            } else {
                #expect(result.ending == .exited(64))
                #expect(result.standardError.contains("OpenVINO is not built in"), "\(result.standardError)")
            }
        }
    }

    @Test func analyzeSaysWhatIsWrongWithAModel() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            let other = String(repeating: "0", count: 64)
            try ModelSample.write(
                [
                    "m.onnx": ModelSample.network, "labels.json": ModelSample.manifest(labels: ["a"]),
                    "pinned.json": ModelSample.manifest(sha256: other), "text.onnx": Array("text".utf8),
                ], into: folder)
            for (name, part) in [
                ("labels.json", "2 classes apart, but has 1 labels"), ("pinned.json", "wants \(other)"),
                ("text.onnx", "no ONNX file"), ("none.onnx", "none.onnx cannot be read"),
            ] {
                let result = try await run(["analyze", video, "--detector", folder.appending(path: name).path])
                #expect(result.ending == .exited(64))
                #expect(result.standardError.hasPrefix("bad_request: "), "\(result.standardError)")
                #expect(result.standardError.contains(part), "\(result.standardError)")
                #expect(result.standardOutput == "")
            }
        }
    }

    /// The depth network gives each pixel's brightness.
    private func writeDepthModel(gives: String = "inverse", into folder: URL) throws {
        let network = ONNXFile(
            inputShape: [1, 3, 32, 64], outputs: [.brightness(name: "depth", shape: [1, 32, 64])])
        let manifest = #"""
            {"family": "depth", "file": "depth.onnx", "gives": "\#(gives)", "licence": "MIT",
             "input": {"width": 64, "height": 32, "channels": "rgb", "range": [0, 10], "letterbox": "none"}}
            """#
        try ModelSample.write(["depth.onnx": network.bytes, "depth.json": Array(manifest.utf8)], into: folder)
    }

    @Test func analyzeTakesDepthFromTheModel() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            try ModelSample.write(["m.onnx": ModelSample.network, "m.json": ModelSample.manifest()], into: folder)
            try writeDepthModel(into: folder)
            let result = try await run([
                "analyze", video, "--format", "json", "--fps", "5", "--detector", folder.appending(path: "m.json").path,
                "--depth-model", folder.appending(path: "depth.json").path,
            ])
            #expect(result.ending == .exited(0), "\(result.standardError)")
            // One row of the frame and one of the person in it, once a second.
            #expect(try JSON(parsing: result.standardOutput).node["depth_data"].int() == 6)
        }
    }

    @Test func theServiceDoesNotStartWithADepthModelItCannotUse() async throws {
        try await TestPaths.withFolder { folder in
            try ModelSample.write(["m.onnx": ModelSample.network, "m.json": ModelSample.manifest()], into: folder)
            let path = folder.appending(path: "m.json").path
            let environment = RunningService.offline.merging(
                [
                    "S3_BUCKET_RAW": "raw", "PORT": "0", "HOST": "127.0.0.1", "DEPTH_MODEL": path,
                    "WORK_DIR": folder.path,
                ]) { $1 }
            let result = try await run([], environment)
            #expect(result.ending == .exited(78))
            #expect(result.standardError.contains("DEPTH_MODEL is \"\(path)\""), "\(result.standardError)")
            #expect(result.standardError.contains("family depth"), "\(result.standardError)")
        }
    }

    @Test func theServiceDoesNotStartWithAModelItCannotUse() async throws {
        try await TestPaths.withFolder { folder in
            try ModelSample.write(
                ["m.onnx": ModelSample.network, "labels.json": ModelSample.manifest(labels: ["a"])], into: folder)
            for (name, part) in [("labels.json", "2 classes apart, but has 1 labels"), ("none.json", "cannot be read")]
            {
                let path = folder.appending(path: name).path
                let environment = RunningService.offline.merging(
                    [
                        "S3_BUCKET_RAW": "raw", "PORT": "0", "HOST": "127.0.0.1", "DETECTOR_MODEL": path,
                        "WORK_DIR": folder.path,
                    ]) { $1 }
                let result = try await run([], environment)
                #expect(result.ending == .exited(78))
                #expect(result.standardError.contains("DETECTOR_MODEL is \"\(path)\""), "\(result.standardError)")
                #expect(result.standardError.contains(part), "\(result.standardError)")
            }
        }
    }
}
