import Foundation
import TestSupport

/// Media files for tests, made by ffmpeg from drawn scenes when first asked for, and kept in the temporary folder.
enum Fixture {
    /// Raise it when a fixture's recipe changes.
    private static let version = 1

    private static let folder = FileManager.default.temporaryDirectory.appending(path: "framelake-fixtures-\(version)")

    /// A file made by ffmpeg with the arguments.
    static func media(_ name: String, _ arguments: [String]) async throws -> String {
        let path = folder.appending(path: name).path
        if FileManager.default.fileExists(atPath: path) { return path }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await TestVideo.make(path, arguments)
        return path
    }

    /// A file with these bytes.
    static func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
        let path = folder.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: path, options: .atomic)
        return path.path
    }

    static func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    /// The bytes with each JPEG picture, from the index on, declaring 65500 x 65500 pixels.
    static func withGiantPictures(_ bytes: [UInt8], from index: Int = 0) -> [UInt8] {
        var bytes = bytes
        let start: [UInt8] = [0xFF, 0xC0, 0x00, 0x11, 0x08]
        for place in bytes.indices.filter({ bytes[$0...].starts(with: start) }).dropFirst(index) {
            bytes.replaceSubrange(place + 5..<place + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        }
        return bytes
    }

    /// ffmpeg's moving test picture.
    static func scene(_ width: Int, _ height: Int, rate: Int = 25, seconds: Double = 2) -> [String] {
        ["-f", "lavfi", "-i", "testsrc=size=\(width)x\(height):rate=\(rate):duration=\(seconds)"]
    }

    static let h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]

    /// 320 x 240, 25 frames a second, 2 s, H.264 in MP4.
    static func plain() async throws -> String {
        try await media("plain.mp4", scene(320, 240) + h264)
    }

    /// A picture whose upper left quarter is red, upper right green, lower left blue and lower right white.
    static func quarters() async throws -> String {
        let boxes = ["red@1:x=0:y=0", "lime@1:x=160:y=0", "blue@1:x=0:y=120", "white@1:x=160:y=120"]
            .map { "drawbox=c=\($0):w=160:h=120:t=fill" }
        return try await media(
            "quarters.mp4",
            ["-f", "lavfi", "-i", "color=black:size=320x240:rate=10:duration=1", "-vf", boxes.joined(separator: ",")]
                + h264)
    }
}

/// Runs blocking work on a thread of its own: the test process has few threads for everything else.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: work)) }
    }
}
