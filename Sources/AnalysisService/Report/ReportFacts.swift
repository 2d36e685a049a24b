import VideoAnalysis

/// The sentences of a report: what the video and its analysis are, and what the analysis does not tell.
struct ReportFacts {
    let report: VideoReport

    init(_ report: VideoReport) {
        self.report = report
    }

    var facts: [VideoReport.Fact] {
        let (video, counts, settings) = (report.video, report.counts, report.settings)
        var facts: [VideoReport.Fact] = []
        if video.duration > 0 {
            facts.append(
                .init("Length", "\(clockTime(video.duration, tenths: true)) (\(rounded(video.duration, digits: 2)) s)"))
        }
        let turned = video.rotation == 0 ? "" : ", turned by \(video.rotation)°"
        facts.append(.init("Picture", "\(video.width) × \(video.height)\(turned)"))
        if video.fps > 0 { facts.append(.init("Frame rate", "\(rounded(video.fps, digits: 3)) a second")) }
        facts.append(.init("Format", "\(video.codec) in \(video.container), \(video.hasAudio ? "with" : "no") sound"))
        if let size = report.fileSize { facts.append(.init("Size", Self.size(size))) }
        facts.append(.init("Detector", settings.detectorText))
        if let classes = settings.classes {
            facts.append(.init("Classes kept", classes.map(ReportPage.className).joined(separator: ", ")))
        }
        let rate = settings.framesPerSecond.map { ", at most \(rounded($0, digits: 3)) a second" } ?? ""
        facts.append(.init("Frames analysed", "\(counts.framesAnalysed) of \(counts.framesDecoded)\(rate)"))
        facts.append(.init("Found", "\(counts.events) boxes in \(counts.tracks) tracks"))
        return facts
    }

    /// Never empty: every analysis leaves something open.
    var limits: [String] {
        let (counts, video) = (report.counts, report.video)
        var sentences: [String] = []
        if counts.events == 0 { sentences.append("No object was found. That does not mean that there was none.") }
        if report.settings.usesNoModel {
            sentences.append(
                "The detector works without a model file: it tells people from other moving objects, and names nothing "
                    + "else. Crowds, people who are small, lie or sit, and darkness are beyond it.")
        } else {
            sentences.append("Only the classes that the model was trained for can be found.")
        }
        if report.settings.classes != nil { sentences.append("Objects of other classes were left out on demand.") }
        if counts.framesAnalysed < counts.framesDecoded {
            sentences.append("What was seen only between two analysed frames is missing.")
        }
        if let depth { sentences.append(depth) }
        if counts.interpolatedEvents > 0 {
            sentences.append(
                "\(counts.interpolatedEvents) of the \(counts.events) boxes were filled in by the tracker where the "
                    + "detector saw nothing.")
        }
        if counts.untrackedEvents > 0 {
            sentences.append("\(counts.untrackedEvents) boxes were seen too briefly to belong to a track.")
        }
        if video.duration <= 0 { sentences.append("The video's length is not known.") }
        if video.fps <= 0 { sentences.append("The video's frame rate is not known.") }
        if let packets = report.corruptPackets, packets > 0 {
            sentences.append("\(packets) packets of the file are damaged and were skipped.")
        }
        let missing = DisplayRow.Kind.allCases.filter { $0 != .frame && report.picture($0) == nil }
        if !missing.isEmpty {
            let names = missing.map { ReportPage.className($0.rawValue) }.joined(separator: ", ")
            sentences.append("There is no picture of these kinds: \(names).")
        }
        return sentences
    }

    /// Nil when every object's distance is known.
    private var depth: String? {
        let counts = report.counts
        if counts.tracks == 0 { return nil }
        if counts.depth == 0 { return "How far away the objects were is not known." }
        if counts.metricDepth == 0 {
            return "Distances in metres are not known, only what was nearer than what: the scene gives no scale. It "
                + "takes people at several distances before a camera that stands still."
        }
        let unknown = report.tracks.count { $0.distance == nil }
        guard unknown > 0 else {
            return "Distances in metres are estimates from the heights of people, not measurements."
        }
        return "Distances in metres are estimates from the heights of people, not measurements; \(unknown) tracks have "
            + "none."
    }

    private static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return unit == 0 ? "\(bytes) bytes" : "\(rounded(value, digits: 1)) \(units[unit]) (\(bytes) bytes)"
    }
}
