/// How log lines are written: for a machine that collects them, or for the person at the terminal.
package enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, what CloudWatch and every other collector reads.
    case json
    /// `14:02:11 info    message key=value`.
    case text
}
