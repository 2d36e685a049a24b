// swift-tools-version: 6.2
import PackageDescription

/// As the package has them.
let openCVLibraries = ["core", "imgproc", "objdetect", "video", "dnn"]

// `Library` is a link to the package's own sources: what is measured is what is shipped, with its `package` declarations.
let package = Package(
    name: "framelake-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")],
    targets: [
        .systemLibrary(
            name: "CPostgreSQL", path: "Library/CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "PostgreSQL",
            dependencies: ["CPostgreSQL", .product(name: "Logging", package: "swift-log")],
            path: "Library/PostgreSQL"),
        .executableTarget(
            name: "CopyBenchmark",
            dependencies: ["PostgreSQL", .product(name: "Logging", package: "swift-log")]),
        .target(name: "CFFmpeg", path: "Library/CFFmpeg"),
        .target(
            name: "COpenCV", path: "Library/COpenCV",
            cxxSettings: [.unsafeFlags(["-isystem", "/usr/include/opencv4"])],
            linkerSettings: openCVLibraries.map { .linkedLibrary("opencv_\($0)") }),
        .target(name: "COpenVINO", path: "Library/COpenVINO"),
        .target(
            name: "VideoAnalysis", dependencies: ["CFFmpeg", "COpenCV", "COpenVINO"], path: "Library/VideoAnalysis"),
        .executableTarget(name: "RetrievalBenchmark", dependencies: ["VideoAnalysis"]),
    ],
    cxxLanguageStandard: .cxx17
)
