import AnalysisAPI
import LogOutput
import Synchronization

/// Shows on standard error how far the analyses under way are.
///
/// On a terminal one line, drawn anew in place; log lines go above it. Elsewhere, when asked for, a line of its own
/// for each ten per cent.
final class ProgressDisplay: Sendable {
    enum Style: Sendable {
        case hidden
        case inPlace
        case lines
    }

    /// An analysis under way.
    struct Entry: Sendable, Hashable {
        fileprivate let number: Int
    }

    private struct Analysis {
        var name: String
        var percent: Int
    }

    private struct State {
        var analyses: [Int: Analysis] = [:]
        var next = 0
        var isDrawn = false
    }

    private let style: Style
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(
        style: Style, write: @escaping @Sendable (String) -> Void = LineLogHandler.writeToStandardError
    ) {
        self.style = style
        self.write = write
    }

    func start(_ name: String) -> Entry {
        state.withLock { state in
            let entry = Entry(number: state.next)
            state.next += 1
            state.analyses[entry.number] = Analysis(name: Self.printable(name), percent: 0)
            draw(&state)
            return entry
        }
    }

    func update(_ entry: Entry, _ status: AnalysisStatus) {
        let percent = min(max(status.progress, 0), 100)
        state.withLock { state in
            guard let analysis = state.analyses[entry.number], percent != analysis.percent else { return }
            state.analyses[entry.number]?.percent = percent
            if style == .lines, percent / 10 != analysis.percent / 10 {
                write("\(analysis.name): \(percent) % analysed\n")
            }
            draw(&state)
        }
    }

    func finish(_ entry: Entry) {
        state.withLock { state in
            state.analyses[entry.number] = nil
            draw(&state)
        }
    }

    /// Writes a log line above the progress line.
    func writeAbove(_ line: String) {
        state.withLock { state in
            erase(&state)
            write(line)
            draw(&state)
        }
    }

    private func erase(_ state: inout State) {
        guard state.isDrawn else { return }
        write("\r\u{1b}[K")
        state.isDrawn = false
    }

    private func draw(_ state: inout State) {
        guard style == .inPlace else { return }
        erase(&state)
        guard !state.analyses.isEmpty else { return }
        write(Self.line(state.analyses.sorted { $0.key < $1.key }.map(\.value)))
        state.isDrawn = true
    }

    /// Never wider than a terminal of 80 columns: only one line can be erased.
    private static func line(_ analyses: [Analysis]) -> String {
        if analyses.count == 1, let only = analyses.first { return bar(only) }
        return String(analyses.map { "\($0.name) \($0.percent) %" }.joined(separator: ", ").prefix(79))
    }

    private static func bar(_ analysis: Analysis) -> String {
        let full = analysis.percent / 5
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full)
        return "\(analysis.name) [\(bar)] \(analysis.percent) %"
    }

    /// The end of a name, without what would move the cursor.
    private static func printable(_ name: String) -> String {
        let visible = name.unicodeScalars.filter { !$0.isDisturbing }
        let plain = String(String.UnicodeScalarView(visible))
        return plain.count <= 40 ? plain : "…" + plain.suffix(39)
    }
}
