import Glibc
import VideoAnalysis

/// Where a command's result goes: standard output, or a file that appears under its name only when it is whole.
final class ResultFile {
    private let path: String?
    /// Where it is written until it is whole.
    let partPath: String
    private var descriptor: Int32
    private var isFinished = false

    /// - Parameter path: nil for standard output.
    init(_ path: String?) throws(AnalyzeFailure) {
        self.path = path
        guard let path else {
            (partPath, descriptor) = ("standard output", STDOUT_FILENO)
            return
        }
        var status = stat()
        // A device or a pipe cannot be replaced.
        let isReplaceable = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
        partPath = isReplaceable ? "\(path).part-\(getpid())" : path
        descriptor = open(partPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let error = SpoolFile.error(path, errno)
            throw error.code == .diskFull ? AnalyzeFailure(error) : AnalyzeFailure(notCreated: error.message)
        }
    }

    deinit {
        guard let path, !isFinished else { return }
        close(descriptor)
        if partPath != path { unlink(partPath) }
    }

    func write(_ bytes: [UInt8]) throws(VideoAnalysisError) {
        try SpoolFile.write(bytes, to: descriptor, path: path ?? partPath)
    }

    func finish() throws(VideoAnalysisError) {
        guard let path else { return }
        guard close(descriptor) == 0 else {
            isFinished = true
            let code = errno
            unlink(partPath)
            throw SpoolFile.error(path, code)
        }
        isFinished = true
        guard partPath == path || rename(partPath, path) == 0 else { throw SpoolFile.error(path, errno) }
    }
}
