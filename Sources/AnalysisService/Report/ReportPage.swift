import Foundation
import JSON
import VideoAnalysis

/// A report as one HTML page that needs nothing else: no request goes out of it and no script runs in it.
struct ReportPage {
    let report: VideoReport

    /// Hands the page out in pieces.
    func write(
        _ write: (String) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) {
        try write(head.text)
        try write(sheet.text)
        try write(facts.text)
        try write(limits.text)
        try write(try timeline().text)
        try write(places.text)
        try write(keyFramesHead.text)
        for frame in report.keyFrames { try write(figure(frame, keyFrameCaption(frame)).text) }
        try write("</div></section>\n")
        try write(tracksHead.text)
        for track in report.tracks { try write(row(of: track).text) }
        try write("</tbody></table></div>\n</section>\n</main></body></html>\n")
    }

    private var head: HTML {
        """
        <!doctype html>
        <html lang="en"><head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src \
        'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Framelake">
        <title>\(report.title)</title>
        <style>\(Self.style)</style>
        </head><body><main>
        <header>
        <h1><bdi>\(report.title)</bdi></h1>
        <p class="lead">\(lead)</p>
        </header>

        """
    }

    private var lead: String {
        let video = report.video
        let length = video.duration > 0 ? "\(clockTime(video.duration, tenths: true)) long, " : ""
        let found = report.classes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) × \(Self.className($0.key))" }
        return length + (found.isEmpty ? "nothing found in it." : "with " + found.joined(separator: ", ") + ".")
    }

    private var sheet: HTML {
        guard let picture = report.picture(.contactSheet) else { return "" }
        return """
            <section><h2>At a glance</h2>
            \(figure(picture, "The key frames in order of time, each with the time at which it was seen."))</section>

            """
    }

    private var facts: HTML {
        let rows: [HTML] = (report.origin + ReportFacts(report).facts).map { fact in
            "<div><dt>\(fact.name)</dt><dd><bdi>\(fact.value)</bdi></dd></div>\n"
        }
        return "<section><h2>Facts</h2>\n<dl>\n\(rows)</dl></section>\n"
    }

    private var limits: HTML {
        let items: [HTML] = ReportFacts(report).limits.map { "<li>\($0)</li>\n" }
        return """
            <section class="limits"><h2>What this analysis does not tell</h2>
            <ul>
            \(items)</ul></section>

            """
    }

    private func timeline() throws(VideoAnalysisError) -> HTML {
        guard let picture = report.picture(.timeline) else { return "" }
        let numbers: ReportTimeline
        do throws(JSONError) {
            numbers = try ReportTimeline(overlay: picture.overlay, duration: report.video.duration)
        } catch {
            throw VideoAnalysisError(.internalError, "The timeline's numbers cannot be read: \(error).")
        }
        let figure = figure(picture, "The mean number of objects of each class in view.")
        guard !numbers.classes.isEmpty else { return "<section><h2>Over time</h2>\n\(figure)</section>\n" }
        let names: [HTML] = numbers.classes.map { "<th scope=\"col\">\(Self.className($0))</th>" }
        let rows: [HTML] = numbers.stretches.map { stretch in
            let cells: [HTML] = stretch.counts.map { count in
                count.most == 0
                    ? "<td class=\"none\">0</td>"
                    : "<td>\(Self.fixed(count.mean)) <small>max \(count.most)</small></td>"
            }
            let time = "\(clockTime(stretch.start)) – \(clockTime(stretch.end.rounded(.up)))"
            return "<tr><th scope=\"row\">\(time)</th>\(cells)</tr>\n"
        }
        return """
            <section><h2>Over time</h2>
            <div class="over">
            \(figure)<div class="scroll"><table class="numbers">
            <caption>Objects in view: mean over the stretch's analysed frames, and the most in one frame</caption>
            <thead><tr><th scope="col">time</th>\(names)</tr></thead>
            <tbody>
            \(rows)</tbody></table></div></div></section>

            """
    }

    private var places: HTML {
        var figures: [HTML] = []
        if let heat = report.picture(.heatmap) {
            figures.append(
                figure(heat, "Where objects stood, and for how long: from dark blue to red, see the legend."))
        }
        if let ways = report.picture(.trajectories) {
            figures.append(figure(ways, "The paths of the objects on the empty scene; a dot marks where one ended."))
        }
        guard !figures.isEmpty else { return "" }
        return "<section><h2>In the picture</h2>\n<div class=\"pair\">\n\(figures)</div></section>\n"
    }

    private var keyFramesHead: HTML {
        let note: HTML =
            report.counts.keyFrames > report.keyFrames.count
            ? "<p class=\"note\">\(report.keyFrames.count) of \(report.counts.keyFrames), evenly spread.</p>\n" : ""
        let empty: HTML = report.keyFrames.isEmpty ? "<p class=\"note\">There are none.</p>\n" : ""
        return "<section class=\"frames\"><h2>Key frames</h2>\n\(note)\(empty)<div class=\"grid\">\n"
    }

    private func keyFrameCaption(_ frame: VideoReport.Picture) -> HTML {
        var counts: [(String, Int)] = []
        do throws(JSONError) {
            let node = try JSON(parsing: frame.overlay, limits: .init(maximumDepth: 8, maximumBytes: 16 << 20)).node
            for (name, count) in try node["counts"].object() { counts.append((name, try count.int())) }
        } catch {
            // The picture itself shows what its numbers would have told.
            counts = []
        }
        let text = counts.sorted { $0 < $1 }.map { "\($0.1) × \(Self.className($0.0))" }.joined(separator: ", ")
        let time = frame.timestamp.map { clockTime($0, tenths: true) } ?? "-"
        return "<strong>\(time)</strong> \(text.isEmpty ? "nothing found" : text)"
    }

    private var tracksHead: HTML {
        let note: HTML =
            report.counts.tracks > report.tracks.count
            ? "<p class=\"note\">The \(report.tracks.count) of \(report.counts.tracks) with the most detections.</p>\n"
            : ""
        let empty: HTML = report.tracks.isEmpty ? "<p class=\"note\">There are none.</p>\n" : ""
        return """
            <section><h2>Tracks</h2>
            \(note)\(empty)<div class="scroll"><table class="tracks">
            <thead><tr><th scope="col">id</th><th scope="col">class</th><th scope="col">from</th>\
            <th scope="col">to</th><th scope="col">detections</th><th scope="col">distance</th></tr></thead>
            <tbody>

            """
    }

    private func row(of track: VideoReport.Track) -> HTML {
        let color = Palette.color(track.trackID)
        let distance: HTML =
            track.distance.map { distance in
                """
                \(Self.fixed(distance.mean)) m <small>\(Self.fixed(distance.nearest)) to \
                \(Self.fixed(distance.farthest))</small>
                """
            } ?? "<span class=\"none\">not known</span>"
        return """
            <tr><th scope="row"><i style="background:rgb(\(color.red) \(color.green) \(color.blue))"></i>\
            \(track.trackID)</th><td><bdi>\(Self.className(track.className))</bdi></td>\
            <td>\(clockTime(track.firstTimestamp, tenths: true))</td>\
            <td>\(clockTime(track.lastTimestamp, tenths: true))</td><td>\(track.detections)</td>\
            <td>\(distance)</td></tr>

            """
    }

    private func figure(_ picture: VideoReport.Picture, _ caption: HTML) -> HTML {
        let data = Data(picture.bytes).base64EncodedString()
        let name = picture.timestamp.map { "The scene at \(clockTime($0, tenths: true))" } ?? "The \(picture.kind.text)"
        return """
            <figure><img alt="\(name)" width="\(picture.width)" height="\(picture.height)" \
            src="data:\(picture.mediaType);base64,\(data)"><figcaption>\(caption)</figcaption></figure>

            """
    }

    static func className(_ name: String) -> String { name.replacing("_", with: " ") }

    /// With one decimal.
    private static func fixed(_ value: Double) -> String {
        let tenths = Int64((min(max(value, 0), 1e9) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension DisplayRow.Kind {
    /// For people.
    fileprivate var text: String {
        switch self {
        case .frame: "key frame"
        case .heatmap: "heat map"
        case .trajectories: "trajectories"
        case .timeline: "timeline"
        case .contactSheet: "contact sheet"
        }
    }
}
