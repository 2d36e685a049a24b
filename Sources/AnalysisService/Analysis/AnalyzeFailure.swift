import AnalysisAPI
import VideoAnalysis

/// How `analysis-service analyze` ends when it cannot analyse: an exit code after sysexits.h, and a line
/// `code: sentence`.
struct AnalyzeFailure: Error, Hashable {
    /// The codes that a child of the service may end with.
    static let codes: Set<ProblemCode> = [
        .notAVideo, .unsupportedCodec, .corruptVideo, .noVideoStream, .tooLarge, .analysisCrashed, .workFolderFull,
        .internalError,
    ]

    /// A setting, such as the model, cannot be used.
    static let settingExitCode: Int32 = 64

    let exitCode: Int32
    let code: String
    let sentence: String

    var line: String {
        let oneLine = sentence.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(code): \(oneLine)"
    }

    init(_ error: VideoAnalysisError) {
        sentence = error.message
        switch error.code {
        case .notAVideo, .unsupportedCodec, .corruptVideo, .noVideoStream, .tooLarge:
            (exitCode, code) = (65, error.code.rawValue)
        case .outOfMemory: (exitCode, code) = (71, ProblemCode.analysisCrashed.rawValue)
        case .diskFull: (exitCode, code) = (74, ProblemCode.workFolderFull.rawValue)
        case .badSetting: (exitCode, code) = (Self.settingExitCode, ProblemCode.badRequest.rawValue)
        case .cancelled: (exitCode, code) = (130, "cancelled")
        case .internalError: (exitCode, code) = (70, ProblemCode.internalError.rawValue)
        }
    }

    /// There is no such file, or it cannot be read.
    init(unreadable path: String, reason: String) {
        exitCode = 66
        code = ProblemCode.notFound.rawValue
        sentence = "\(path) cannot be read: \(reason)."
    }

    /// A result's file cannot be made where it was asked for; `EX_CANTCREAT`.
    ///
    /// - Parameter sentence: names the file.
    init(notCreated sentence: String) {
        exitCode = 73
        code = ProblemCode.badRequest.rawValue
        self.sentence = sentence
    }

    /// The file is there, but is not what the command expects.
    init(malformed path: String, reason: String) {
        exitCode = 65
        code = ProblemCode.badRequest.rawValue
        sentence = "\(path): \(reason)"
    }
}
