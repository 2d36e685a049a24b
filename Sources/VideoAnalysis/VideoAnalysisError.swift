/// Why a video could not be analysed: a stable code, and a sentence for the person who sent the video.
package struct VideoAnalysisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The raw values are those of the API's problem codes.
    package enum Code: String, Sendable, CaseIterable {
        case notAVideo = "not_a_video"
        case unsupportedCodec = "unsupported_codec"
        case corruptVideo = "corrupt_video"
        case noVideoStream = "no_video_stream"
        case tooLarge = "too_large"
        case outOfMemory = "out_of_memory"
        case diskFull = "disk_full"
        case badSetting = "bad_setting"
        case cancelled
        case internalError = "internal_error"
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
