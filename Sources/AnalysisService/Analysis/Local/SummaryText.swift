import VideoAnalysis

/// What an analysis came to, for people.
struct SummaryText {
    let text: String

    init(_ summary: AnalysisSummary, file: String) {
        let video = summary.video
        let counts = summary.counts
        let turned = video.rotation == 0 ? "" : ", turned by \(video.rotation) degrees"
        let classes = summary.classes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let stages = summary.secondsByStage.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \(Self.number($0.value, digits: 2))" }.joined(separator: ", ")
        var lines = [
            file,
            "  video      \(video.width) x \(video.height)\(turned), \(Self.number(video.duration, digits: 2)) s, "
                + "\(Self.number(video.fps, digits: 2)) frames a second, \(video.codec) in \(video.container), "
                + (video.hasAudio ? "with sound" : "no sound"),
            "  frames     \(summary.framesDecoded) decoded, \(summary.framesAnalysed) analysed "
                + "(\(Self.number(summary.firstTimestamp, digits: 2)) to "
                + "\(Self.number(summary.lastTimestamp, digits: 2)) s)",
            "  tracks     \(counts.tracks)" + (classes.isEmpty ? "" : ": \(classes)"),
            "  rows       \(counts.events) events, \(counts.depth) depth, \(counts.display) display, "
                + "\(counts.frameEmbeddings) frame and \(counts.objectEmbeddings) object embeddings",
            "  seconds    \(stages)",
        ]
        if summary.corruptPackets > 0 {
            lines.append("  damaged    \(summary.corruptPackets) packets, skipped or decoded in part")
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    /// With at most `digits` decimals.
    private static func number(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
    }
}
