// swift-tools-version: 6.2
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

/// OpenCV's headers, and only the libraries that are called: its pkg-config file links all of its 55.
let openCVLibraries = ["core", "imgproc", "objdetect", "video", "dnn"]

/// OpenVINO for model files, where OPENVINO_DIR names its folder: the Python wheel's `openvino`, or the `runtime` of an
/// archive. Only its headers are needed here; its C library is loaded on first use.
let openVINOSettings: [CSetting] = {
    guard let folder = Context.environment["OPENVINO_DIR"], !folder.isEmpty else { return [] }
    let files = FileManager.default.subpaths(atPath: folder) ?? []
    let library = files.filter { $0.contains("/libopenvino_c.so") }.min().map { "\(folder)/\($0)" }
    return [
        .unsafeFlags(["-isystem", "\(folder)/include"]),
        .define("COPENVINO_LIBRARY", to: "\"\(library ?? "libopenvino_c.so")\""),
    ]
}()

let package = Package(
    name: "framelake",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "analysis-service", targets: ["AnalysisService"]),
        .executable(name: "batch-processor", targets: ["BatchProcessor"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJSON", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CProcess"),
        // Only libav's headers: its libraries are loaded on first use.
        .target(name: "CFFmpeg"),
        .target(
            name: "COpenCV",
            cxxSettings: [.unsafeFlags(["-isystem", "/usr/include/opencv4"])],
            linkerSettings: openCVLibraries.map { .linkedLibrary("opencv_\($0)") }),
        .target(name: "COpenVINO", cSettings: openVINOSettings),

        .target(name: "JSON", dependencies: ["CJSON"], swiftSettings: strict),
        .target(name: "HTTP", dependencies: ["CCurl"], swiftSettings: strict),
        .target(
            name: "AWS",
            dependencies: [
                "HTTP", "JSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "LogOutput", dependencies: [.product(name: "Logging", package: "swift-log")], swiftSettings: strict),
        .target(
            name: "PostgreSQL",
            dependencies: ["CPostgreSQL", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(name: "AnalysisAPI", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "VideoAnalysis", dependencies: ["CFFmpeg", "COpenCV", "COpenVINO"], swiftSettings: strict),

        .executableTarget(
            name: "AnalysisService",
            dependencies: [
                "AWS", "AnalysisAPI", "CProcess", "HTTP", "JSON", "LogOutput", "PostgreSQL", "VideoAnalysis",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Database/Migrations")],
            swiftSettings: strict),
        .executableTarget(
            name: "BatchProcessor",
            dependencies: [
                "AWS", "AnalysisAPI", "HTTP", "JSON", "LogOutput",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["AWS", "HTTP", "JSON", "PostgreSQL"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "AWSTests", dependencies: ["AWS", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "LogOutputTests", dependencies: ["LogOutput"], swiftSettings: strict),
        .testTarget(name: "PostgreSQLTests", dependencies: ["PostgreSQL", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "AnalysisAPITests", dependencies: ["AnalysisAPI"], swiftSettings: strict),
        .testTarget(name: "VideoAnalysisTests", dependencies: ["VideoAnalysis", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "AnalysisServiceTests",
            dependencies: ["AnalysisService", "TestSupport", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .testTarget(
            name: "BatchProcessorTests", dependencies: ["BatchProcessor", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["AWS", "AnalysisAPI", "HTTP", "JSON", "PostgreSQL", "TestSupport"],
            swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
