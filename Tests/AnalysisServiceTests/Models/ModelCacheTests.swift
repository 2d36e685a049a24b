import AWS
import Foundation
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

/// Models in the emulator's S3.
@Suite struct ModelCacheTests {
    /// A bucket with these objects, and a cache with a folder of its own.
    private func with(
        _ objects: [String: [UInt8]], _ body: (ModelCache, _ bucket: String, S3Client) async throws -> Void
    ) async throws {
        try await TestAWS.with { aws in
            let s3 = S3Client(aws.client)
            let bucket = try await aws.createBucket()
            for (key, bytes) in objects { try await s3.put(bucket: bucket, key: key, body: bytes) }
            try await TestPaths.withFolder { folder in
                try await body(ModelCache(s3: s3, folder: folder.appending(path: "models").path), bucket, s3)
            }
        }
    }

    @Test func aManifestBringsItsNetworkOnce() async throws {
        let digest = try await ModelSample.digest(of: ModelSample.network)
        let objects = ["nets/m.onnx": ModelSample.network, "nets/m.json": ModelSample.manifest(sha256: digest)]
        try await with(objects) { cache, bucket, s3 in
            let reference = ModelReference.object(bucket: bucket, key: "nets/m.json")
            let model = try await cache.load(reference)
            #expect(model.path == "\(cache.folder)/\(digest)/m.onnx")
            #expect(model.sha256 == digest && model.name == "m" && model.manifest?.family == .yolov5)
            #expect(try ModelFile(loading: model.source) == model)
            // What is pinned and there is not downloaded again: the object may even be another one by now.
            try await s3.put(bucket: bucket, key: "nets/m.onnx", body: [1, 2, 3])
            #expect(try await cache.load(reference) == model)
            // What somebody damaged is.
            try Data([1]).write(to: URL(filePath: model.path))
            await #expect(throws: ModelError.self) { try await cache.load(reference) }
            try await s3.put(bucket: bucket, key: "nets/m.onnx", body: ModelSample.network)
            #expect(try await cache.load(reference) == model)
            let left = try FileManager.default.contentsOfDirectory(atPath: cache.folder)
            #expect(left == [digest])
        }
    }

    @Test func aNetworkFindsTheManifestBesideItOrGoesWithout() async throws {
        let digest = try await ModelSample.digest(of: ModelSample.network)
        let objects = [
            "m.onnx": ModelSample.network, "m.json": ModelSample.manifest(), "bare.onnx": ModelSample.network,
        ]
        try await with(objects) { cache, bucket, _ in
            let model = try await cache.load(.object(bucket: bucket, key: "m.onnx"))
            #expect(model.manifest?.labels.count == 2 && model.sha256 == digest)
            let bare = try await cache.load(.object(bucket: bucket, key: "bare.onnx"))
            #expect(bare.manifest == nil && bare.sha256 == digest && bare.name == "bare")
        }
    }

    @Test func whatIsWrongIsNamedAndNotKept() async throws {
        let other = String(repeating: "0", count: 64)
        let objects = [
            "m.onnx": ModelSample.network, "pinned.json": ModelSample.manifest(sha256: other),
            "lost.json": ModelSample.manifest(file: "lost.onnx"), "broken.json": Array("[]".utf8),
        ]
        try await with(objects) { cache, bucket, _ in
            for (key, part) in [
                ("pinned.json", "wants \(other)"), ("lost.json", "s3://\(bucket)/lost.onnx cannot be read"),
                ("broken.json", "s3://\(bucket)/broken.json is wrong"), ("none.json", "none.json cannot be read"),
                ("none.onnx", "none.onnx cannot be read"),
            ] {
                let error = try await #require(throws: ModelError.self) {
                    try await cache.load(.object(bucket: bucket, key: key))
                }
                #expect("\(error)".contains(part), "\(error)")
                #expect(!error.isTemporary)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder).isEmpty)
        }
    }
}
