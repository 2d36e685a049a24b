import Foundation
import VideoAnalysis

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}

/// The `ffmpeg` command.
enum FFmpeg {
    static func run(_ arguments: [String]) throws {
        let process = try start(arguments, input: FileHandle.nullDevice)
        try finish(process)
    }

    /// Encodes frames of the benchmark's size as a video of one frame a second.
    final class Encoder {
        private let pipe = Pipe()
        private let process: Process

        init(_ video: URL) throws {
            process = try start(
                [
                    "-f", "rawvideo", "-pix_fmt", "bgr24", "-video_size",
                    "\(Raster.frameWidth)x\(Raster.frameHeight)", "-framerate", "1", "-i", "-",
                    "-c:v", "libx264", "-crf", "23", "-pix_fmt", "yuv420p", video.path,
                ], input: pipe)
        }

        func append(_ frame: Raster) throws { try pipe.fileHandleForWriting.write(contentsOf: Data(frame.bytes)) }

        func finish() throws {
            try pipe.fileHandleForWriting.close()
            try FFmpeg.finish(process)
        }
    }

    /// Encodes a video again at half its bit rate.
    static func halveBitRate(of video: URL, into result: URL, seconds: Int) throws {
        let bytes = try video.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        try run(["-i", video.path, "-c:v", "libx264", "-b:v", "\(bytes * 8 / seconds / 2)", result.path])
    }

    private static func start(_ arguments: [String], input: Any) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-loglevel", "error", "-y"] + arguments
        process.standardInput = input
        try process.run()
        return process
    }

    private static func finish(_ process: Process) throws {
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError(description: "ffmpeg ended with \(process.terminationStatus)")
        }
    }
}

extension VideoDecoder {
    convenience init(_ video: URL) throws(VideoAnalysisError) {
        try self.init(path: video.path, limits: Limits(maximumPixels: 64_000_000, maximumSeconds: 100_000))
    }
}
