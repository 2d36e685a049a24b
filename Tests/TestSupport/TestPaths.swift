import Foundation

/// Where the package, its products and scratch space are.
package enum TestPaths {
    /// The package's root.
    package static let root: URL = {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        return file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }()

    /// A product that was built together with the running tests, such as `analysis-service`.
    package static func executable(_ name: String) throws -> String {
        #if os(Linux)
            let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
            let runner = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        #endif
        var folder = runner.deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate.path }
            folder = folder.deletingLastPathComponent()
        }
        throw NotBuilt(name: name, runner: runner.path)
    }

    package struct NotBuilt: Error, CustomStringConvertible {
        let name: String
        let runner: String

        package var description: String { "\(name) is in no folder above \(runner): run swift build first" }
    }

    /// A new folder for the length of the closure.
    package static func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "framelake-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            let result = try await body(folder)
            try FileManager.default.removeItem(at: folder)
            return result
        } catch {
            try FileManager.default.removeItem(at: folder)
            throw error
        }
    }
}
