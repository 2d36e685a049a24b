import Glibc
import Logging

/// A log handler that writes one line an entry to standard error, as JSON or as text.
///
/// Standard error since standard output belongs to the commands' results. A line is written by a single `write(2)`,
/// so that lines of several threads do not mix.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// The names a line always has: metadata of the same name is set apart, since a JSON object has a name once.
    private static let ownFields: Set<String> = ["timestamp", "level", "logger", "message"]

    private let label: String
    private let format: LogFormat
    private let output: @Sendable (String) -> Void

    package init(
        label: String, format: LogFormat, level: Logger.Level,
        output: @escaping @Sendable (String) -> Void = LineLogHandler.writeToStandardError
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.output = output
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        if let error = event.error { merged["error"] = "\(error)" }
        let entries = merged.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let now = LogTimestamp.now()
        switch format {
        case .json: output(jsonLine(now, event.level, "\(event.message)", entries))
        case .text: output(textLine(now, event.level, "\(event.message)", entries))
        }
    }

    package static func writeToStandardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(STDERR_FILENO, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                if count < 0 && errno == EINTR { continue }
                // A log that cannot be written has nowhere to be reported.
                if count <= 0 { return }
                sent += count
            }
        }
    }

    private func jsonLine(
        _ time: LogTimestamp, _ level: Logger.Level, _ message: String, _ entries: [(String, String)]
    ) -> String {
        var line = "{\"timestamp\":\"\(time.rfc3339)\",\"level\":\"\(level.rawValue)\",\"logger\":"
        line += label.quoted + ",\"message\":" + message.quoted
        for (key, value) in entries {
            let name = Self.ownFields.contains(key) ? "metadata.\(key)" : key
            line += "," + name.quoted + ":" + value.quoted
        }
        return line + "}\n"
    }

    private func textLine(
        _ time: LogTimestamp, _ level: Logger.Level, _ message: String, _ entries: [(String, String)]
    ) -> String {
        let name = level.rawValue
        let padding = String(repeating: " ", count: max(0, 7 - name.count))
        var line = "\(time.clock) \(name)\(padding) \(message.onOneLine)"
        for (key, value) in entries {
            line += " \(key)=" + (Self.isPlain(value) ? value : value.quoted)
        }
        return line + "\n"
    }

    /// Scalar by scalar: a space with an accent upon it is another character, and still a space to who reads it.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && !text.unicodeScalars.contains {
                $0.properties.isWhitespace || $0 == "\"" || $0 == "=" || $0.isDisturbing
            }
    }
}
