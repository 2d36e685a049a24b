import Logging
import Synchronization
import Testing

@testable import LogOutput

@Suite struct LineLogHandlerTests {
    /// Collects what a handler writes.
    final class Lines: Sendable {
        private let stored = Mutex<[String]>([])
        var all: [String] { stored.withLock { $0 } }
        func append(_ line: String) { stored.withLock { $0.append(line) } }
    }

    private func logger(_ settings: LogSettings, into lines: Lines) -> Logger {
        Logger(label: "test") { label in settings.makeHandler(label: label) { lines.append($0) } }
    }

    @Test func aJSONLineHasItsFieldsInAFixedOrder() throws {
        let lines = Lines()
        var logger = logger(LogSettings(level: .info, format: .json), into: lines)
        logger[metadataKey: "video.id"] = "a"
        logger.info("saved", metadata: ["s3.key": "videos/a b.mp4", "count": "\(3)"])
        let line = try #require(lines.all.first)
        let tail =
            #""level":"info","logger":"test","message":"saved","count":"3","s3.key":"videos/a b.mp4","video.id":"a"}"#
        #expect(line.hasSuffix(tail + "\n"))
        #expect(line.hasPrefix(#"{"timestamp":"2"#))
    }

    @Test(arguments: LogFormat.allCases) func noValueStartsALineOfItsOwn(format: LogFormat) throws {
        let lines = Lines()
        let logger = logger(LogSettings(level: .info, format: format), into: lines)
        logger.info("one\ntwo", metadata: ["key": "a\r\n{\"level\":\"error\"}\u{1b}[31m\u{85}"])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        #expect(line.filter(\.isNewline) == "\n")
        #expect(!line.contains("\u{1b}"))
    }

    @Test func metadataNamedAsALinesOwnFieldIsSetApart() throws {
        let lines = Lines()
        logger(LogSettings(level: .info, format: .json), into: lines).info("x", metadata: ["message": "y"])
        #expect(try #require(lines.all.first).hasSuffix(#""message":"x","metadata.message":"y"}"# + "\n"))
    }

    @Test func aTextLineQuotesWhatHasSpaces() throws {
        let lines = Lines()
        logger(LogSettings(level: .debug, format: .text), into: lines)
            .warning("slow", metadata: ["a": "b c", "d": "e", "f": ""])
        #expect(try #require(lines.all.first).dropFirst(8) == " warning slow a=\"b c\" d=e f=\"\"\n")
    }

    @Test(arguments: [
        "a \u{301}level=error", "a\u{2003}level=error", "a=\u{301}b", "\"\u{301}", "\u{1b}[1A\u{1b}[2K",
        "\u{202e}rorre",
        "\u{8}", "\u{9b}1A",
    ]) func whatLooksLikeMoreThanAValueIsQuoted(value: String) throws {
        let lines = Lines()
        logger(LogSettings(level: .debug, format: .text), into: lines).warning("slow", metadata: ["a": "\(value)"])
        let line = try #require(lines.all.first)
        #expect(line.dropFirst(8).hasPrefix(" warning slow a=\"") && line.hasSuffix("\"\n"))
        for scalar in ["\u{1b}", "\u{8}", "\u{9b}", "\u{202e}"] as [Unicode.Scalar] {
            #expect(!line.unicodeScalars.contains(scalar))
        }
    }

    @Test func linesBelowTheLevelAreNotWritten() {
        let lines = Lines()
        let logger = logger(LogSettings(level: .warning, format: .text), into: lines)
        logger.info("no")
        logger.error("yes")
        #expect(lines.all.count == 1)
    }

    @Test func anErrorGivenToTheLoggerIsWritten() throws {
        let lines = Lines()
        let error = LogSettingError(key: "K", value: "v", expected: "w")
        logger(LogSettings(level: .info, format: .text), into: lines).error("failed", error: error)
        #expect(try #require(lines.all.first).contains("error="))
    }
}

@Suite struct LogSettingsTests {
    @Test(
        arguments: [
            (nil, nil, true, Logger.Level.info, LogFormat.text), (nil, nil, false, .info, .json),
            ("", "", false, .info, .json), ("DEBUG", "Text", false, .debug, .text),
            ("error", "json", true, .error, .json),
        ] as [(String?, String?, Bool, Logger.Level, LogFormat)])
    func settingsAreRead(
        level: String?, format: String?, isTerminal: Bool, expectedLevel: Logger.Level, expectedFormat: LogFormat
    ) throws {
        let settings = try LogSettings(level: level, format: format, isTerminal: isTerminal)
        #expect(settings == LogSettings(level: expectedLevel, format: expectedFormat))
    }

    @Test func aWrongSettingNamesKeyValueAndExpectation() {
        #expect(throws: LogSettingError(key: "LOG_FORMAT", value: "xml", expected: "json or text")) {
            _ = try LogSettings(level: nil, format: "xml", isTerminal: true)
        }
        let error = #expect(throws: LogSettingError.self) {
            _ = try LogSettings(level: "loud", format: nil, isTerminal: true)
        }
        #expect(error?.description.contains("LOG_LEVEL is \"loud\", expected one of trace, debug") == true)
    }
}

@Suite struct LogTimestampTests {
    @Test(arguments: [
        (0, 7, "1970-01-01T00:00:00.007Z"), (951_782_400, 0, "2000-02-29T00:00:00.000Z"),
        (1_772_373_731, 42, "2026-03-01T14:02:11.042Z"),
    ])
    func timesAreWrittenInUTC(seconds: Int, milliseconds: Int, expected: String) {
        #expect(LogTimestamp(secondsSinceEpoch: seconds, milliseconds: milliseconds).rfc3339 == expected)
    }
}
