import AnalysisAPI
import Synchronization
import Testing

@testable import BatchProcessor

@Suite struct ProgressDisplayTests {
    private final class Screen: Sendable {
        private let text = Mutex("")
        var written: String { text.withLock { $0 } }
        func write(_ part: String) { text.withLock { $0 += part } }
    }

    private func status(_ progress: Int) -> AnalysisStatus {
        AnalysisStatus(
            analysisID: 1, videoID: "a", state: .processing, progress: progress, attempt: 1, createdAt: "",
            updatedAt: "")
    }

    @Test func onATerminalOneLineIsDrawnAnewBelowTheLog() {
        let screen = Screen()
        let display = ProgressDisplay(style: .inPlace, write: screen.write)
        let entry = display.start("videos/a.mp4")
        display.update(entry, status(50))
        display.update(entry, status(50))
        display.writeAbove("log\n")
        display.finish(entry)
        display.writeAbove("end\n")
        let clear = "\r\u{1b}[K"
        #expect(
            screen.written
                == "videos/a.mp4 [....................] 0 %" + clear + "videos/a.mp4 [##########..........] 50 %"
                + clear + "log\n" + "videos/a.mp4 [##########..........] 50 %" + clear + "end\n")
    }

    @Test func severalAnalysesShareALineOfEightyColumns() {
        let screen = Screen()
        let display = ProgressDisplay(style: .inPlace, write: screen.write)
        _ = display.start("a")
        display.update(display.start("b"), status(30))
        #expect(screen.written.hasSuffix("a 0 %, b 30 %"))
        for _ in 0..<3 { _ = display.start(String(repeating: "x", count: 60)) }
        #expect(screen.written.split(separator: "\u{1b}[K").allSatisfy { $0.drop { $0 == "\r" }.count < 81 })
    }

    @Test func elsewhereALineIsWrittenForEachTenPerCent() {
        let screen = Screen()
        let display = ProgressDisplay(style: .lines, write: screen.write)
        let entry = display.start("videos/a.mp4")
        for progress in [3, 9, 10, 19, 25, 100, 250] { display.update(entry, status(progress)) }
        display.finish(entry)
        #expect(
            screen.written == """
                videos/a.mp4: 10 % analysed
                videos/a.mp4: 25 % analysed
                videos/a.mp4: 100 % analysed

                """)
    }

    @Test func hiddenItOnlyPassesTheLogOn() {
        let screen = Screen()
        let display = ProgressDisplay(style: .hidden, write: screen.write)
        let entry = display.start("a")
        display.update(entry, status(50))
        display.writeAbove("log\n")
        display.finish(entry)
        #expect(screen.written == "log\n")
    }

    @Test func aNameCannotMoveTheCursor() {
        let screen = Screen()
        let display = ProgressDisplay(style: .inPlace, write: screen.write)
        _ = display.start("a\u{1b}[2J\n\rb")
        #expect(screen.written == "a[2Jb [....................] 0 %")
    }
}
