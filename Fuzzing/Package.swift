// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Of VideoAnalysis: the readers and the tracker, which need neither libav nor OpenCV.
let readers = [
    "BoundingBox.swift", "Detection/Detection.swift", "Detection/Model/COCOLabels.swift",
    "Detection/NonMaximumSuppression.swift", "Detection/ObjectClass.swift", "JSONText.swift",
    "Models/ModelManifest.swift", "Models/ONNXHeader.swift", "Models/ProtobufFields.swift", "Tracking",
]

/// All but these files of a folder of sources.
func others(in folder: String, than chosen: [String]) -> [String] {
    let files = FileManager.default.subpaths(atPath: "\(Context.packageDirectory)/../Sources/\(folder)") ?? []
    return files.filter { file in file.hasSuffix(".swift") && !chosen.contains { file.hasPrefix($0) } }
}

/// What libFuzzer is guided by; the internal readers are reached as tests reach them.
let instrumented: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]),
]

// `Library` is a link to the package's own sources: what is fuzzed is what is shipped.
let package = Package(
    name: "framelake-fuzzing",
    platforms: [.macOS(.v15)],
    targets: [
        .systemLibrary(
            name: "CJSON", path: "Library/CJSON", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
        .target(name: "JSON", dependencies: ["CJSON"], path: "Library/JSON", swiftSettings: instrumented),
        .target(name: "AnalysisAPI", dependencies: ["JSON"], path: "Library/AnalysisAPI", swiftSettings: instrumented),
        .target(
            name: "BatchProcessor", dependencies: ["AnalysisAPI", "JSON"], path: "Library/BatchProcessor/Envelope",
            swiftSettings: instrumented),
        .target(
            name: "VideoAnalysis", path: "Library/VideoAnalysis",
            exclude: others(in: "VideoAnalysis", than: readers), swiftSettings: instrumented),
        .target(
            name: "AnalysisService", dependencies: ["JSON", "VideoAnalysis"], path: "Library/AnalysisService/Models",
            exclude: others(in: "AnalysisService/Models", than: ["ManifestDocument"]), swiftSettings: instrumented),
        .target(
            name: "FuzzTargets",
            dependencies: ["AnalysisAPI", "AnalysisService", "BatchProcessor", "JSON", "VideoAnalysis"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .systemLibrary(name: "CLibFuzzer", path: "Sources/CLibFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: ["CLibFuzzer", "FuzzTargets"], swiftSettings: [.swiftLanguageMode(.v6)],
            linkerSettings: [.linkedLibrary("stdc++")]),
    ]
)
