import Glibc
import VideoAnalysis

/// Checks of a command's input before work is spent on it.
enum InputFile {
    /// - Throws: When there is no such file, it cannot be read, or it is a folder or a device.
    static func check(_ path: String) throws(AnalyzeFailure) {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
            throw AnalyzeFailure(unreadable: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AnalyzeFailure(VideoAnalysisError(.notAVideo, "\(path) is a folder or a device, not a file."))
        }
    }

    /// Reads a whole file, `-` for standard input. Blocks.
    static func read(_ path: String) throws(AnalyzeFailure) -> [UInt8] {
        func failure() -> AnalyzeFailure {
            AnalyzeFailure(unreadable: name(path), reason: String(cString: strerror(errno)))
        }
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// What messages call the file of ``read(_:)``.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// In bytes.
    static func size(_ path: String) throws(VideoAnalysisError) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw VideoAnalysisError(.internalError, "\(path) went away: \(String(cString: strerror(errno))).")
        }
        return Int64(status.st_size)
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// - Throws: When `output` is the input itself, under whatever name: writing it would destroy what is read.
    static func check(_ path: String, isNot output: String) throws(AnalyzeFailure) {
        var (first, second) = (stat(), stat())
        guard stat(path, &first) == 0, stat(output, &second) == 0 else { return }
        guard first.st_dev != second.st_dev || first.st_ino != second.st_ino else {
            throw AnalyzeFailure(VideoAnalysisError(.badSetting, "\(output) is the video itself: name another output."))
        }
    }
}
