import Foundation

/// Videos to analyse, made by ffmpeg and kept in `.local/sample` for the next run.
package enum TestVideo {
    /// OpenCV's sample `vtest.avi` (768x576, 10 frames a second, people who walk) as H.264 in MP4.
    /// - Parameter seconds: how much of it from the start; nil is all of its 79.5 s.
    package static func sample(seconds: Int? = nil) async throws -> String {
        let name = seconds.map { "vtest-\($0)s.mp4" } ?? "vtest.mp4"
        let folder = TestPaths.root.appending(path: ".local/sample")
        let path = folder.appending(path: name).path
        if FileManager.default.fileExists(atPath: path) { return path }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let duration = seconds.map { ["-t", "\($0)"] } ?? []
        try await make(
            path, ["-i", try original(in: folder)] + duration + ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p"])
        return path
    }

    /// Runs ffmpeg with the arguments and puts what it wrote at the path, all at once: several processes may make the
    /// same file at the same time.
    package static func make(_ path: String, _ arguments: [String]) async throws {
        let url = URL(filePath: path)
        let part = url.deletingLastPathComponent().appending(
            path: "part-\(UUID().uuidString).\(url.pathExtension)"
        ).path
        let result = try await TestProcess.run(
            "ffmpeg", ["-nostdin", "-v", "error", "-y", "-threads", "1"] + arguments + [part], within: .seconds(300))
        guard result.ending == .exited(0) else { throw NotMade(path: path, reason: result.standardError) }
        guard rename(part, path) == 0 else {
            throw NotMade(path: path, reason: String(cString: strerror(errno)))
        }
    }

    private static func original(in folder: URL) throws -> String {
        let candidates = [
            "/usr/share/doc/opencv-doc/examples/data/vtest.avi", folder.appending(path: "vtest.avi").path,
        ]
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw NotMade(path: candidates[0], reason: "run scripts/setup, which installs it")
        }
        return found
    }

    package struct NotMade: Error, CustomStringConvertible {
        let path: String
        let reason: String

        package var description: String { "\(path) could not be made: \(reason)" }
    }
}
