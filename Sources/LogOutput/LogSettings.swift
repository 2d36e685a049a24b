import Glibc
import Logging

/// What `LOG_LEVEL` and `LOG_FORMAT` say, checked.
package struct LogSettings: Sendable, Hashable {
    package var level: Logger.Level
    package var format: LogFormat

    package init(level: Logger.Level = .info, format: LogFormat = .json) {
        self.level = level
        self.format = format
    }

    /// - Parameters:
    ///   - level: `LOG_LEVEL` as it was set; nil or empty for `info`.
    ///   - format: `LOG_FORMAT` as it was set; nil or empty for text on a terminal and JSON elsewhere.
    ///   - isTerminal: whether a person reads standard error.
    package init(level: String?, format: String?, isTerminal: Bool) throws(LogSettingError) {
        let levelText = level ?? ""
        let formatText = format ?? ""
        if levelText.isEmpty {
            self.level = .info
        } else if let known = Logger.Level(rawValue: levelText.lowercased()) {
            self.level = known
        } else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw LogSettingError(key: "LOG_LEVEL", value: levelText, expected: "one of \(names)")
        }
        if formatText.isEmpty {
            self.format = isTerminal ? .text : .json
        } else if let known = LogFormat(rawValue: formatText.lowercased()) {
            self.format = known
        } else {
            throw LogSettingError(key: "LOG_FORMAT", value: formatText, expected: "json or text")
        }
    }

    /// Whether standard error is a terminal.
    package static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A handler for `LoggingSystem.bootstrap`.
    ///
    /// - Parameter output: where a finished line (with its newline) goes; a command that draws a progress line
    ///   passes its own, to erase that line first.
    package func makeHandler(
        label: String, output: @escaping @Sendable (String) -> Void = LineLogHandler.writeToStandardError
    ) -> LineLogHandler {
        LineLogHandler(label: label, format: format, level: level, output: output)
    }
}

/// A log setting that cannot be used.
package struct LogSettingError: Error, Hashable, CustomStringConvertible {
    package let key: String
    package let value: String
    package let expected: String

    package var description: String { "\(key) is \"\(value)\", expected \(expected)" }
}
