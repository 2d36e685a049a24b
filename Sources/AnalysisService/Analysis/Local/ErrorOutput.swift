import Glibc

/// Standard error, for people.
enum ErrorOutput {
    static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }

    /// There is no other place to say that this fails.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
