import JSON
import VideoAnalysis

/// Shows how far an analysis has come.
protocol ProgressDisplay {
    /// - Parameter fraction: 0 to 1.
    mutating func show(fraction: Double, frames: Int64) throws(VideoAnalysisError)
    /// Takes away what was shown.
    func clear()
}

/// For whoever neither watches nor reads.
struct NoProgress: ProgressDisplay {
    func show(fraction: Double, frames: Int64) {}
    func clear() {}
}

/// JSON lines for the service, four a second at most.
struct ProgressLines: ProgressDisplay {
    let file: ResultFile
    private var next = ContinuousClock.now

    init(file: ResultFile) {
        self.file = file
    }

    mutating func show(fraction: Double, frames: Int64) throws(VideoAnalysisError) {
        let now = ContinuousClock.now
        guard now >= next else { return }
        next = now + .milliseconds(250)
        let line: JSON = ["progress": .number((fraction * 1000).rounded() / 1000), "frames": .integer(frames)]
        try file.write(Array((line.serialized() + "\n").utf8))
    }

    func clear() {}
}

/// A line on a terminal that is written over ten times a second at most.
struct ProgressBar: ProgressDisplay {
    private static let width = 30

    private let name: String
    private let start = ContinuousClock.now
    private var next = ContinuousClock.now

    init(name: String) {
        self.name = name
    }

    mutating func show(fraction: Double, frames: Int64) {
        let now = ContinuousClock.now
        guard now >= next else { return }
        next = now + .milliseconds(100)
        ErrorOutput.write(
            "\r\u{1B}[K" + text(fraction: fraction, frames: frames, seconds: start.duration(to: now) / .seconds(1)))
    }

    func clear() {
        ErrorOutput.write("\r\u{1B}[K")
    }

    /// `vtest [=========>            ]  31 %  123 frames  0:42 left`
    func text(fraction: Double, frames: Int64, seconds: Double) -> String {
        let fraction = min(max(fraction, 0), 1)
        let filled = Int(fraction * Double(Self.width))
        let bar = String(repeating: "=", count: filled) + (filled < Self.width ? ">" : "")
        let empty = String(repeating: " ", count: Self.width - bar.count)
        var text = "\(name) [\(bar)\(empty)] \(Int(fraction * 100)) %  \(frames) frames"
        // The first moments tell nothing of the rest.
        if fraction > 0.02 {
            let left = Int((seconds / fraction * (1 - fraction)).rounded(.up))
            text += "  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        }
        return text
    }
}
