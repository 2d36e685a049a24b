import Foundation
import Testing

@testable import AnalysisService
@testable import VideoAnalysis

@Suite struct ReportTests {
    private func track(_ id: Int32, detections: Int32) -> TrackRow {
        TrackRow(
            trackID: id, classID: 0, className: "person", firstFrame: 0, lastFrame: 9, firstTimestamp: 0,
            lastTimestamp: 3661.04, detections: detections, confidence: 0.5, path: [])
    }

    private func depth(_ id: Int32?, _ metres: Float, _ unit: DepthRow.Unit = .metres) -> DepthRow {
        DepthRow(
            frameNumber: 0, timestamp: 0, trackID: id, bbox: nil, area: 1, averageDepth: metres, minimumDepth: 0,
            maximumDepth: 99, depthVariance: 0, unit: unit, estimator: "e", depthMap: nil)
    }

    private func keyFrame(_ number: Int64) throws -> DisplayRow {
        DisplayRow(
            frameNumber: number, timestamp: Double(number), kind: .frame, originalWidth: 2, originalHeight: 2,
            displayWidth: 2, displayHeight: 2, widthRatio: 1, heightRatio: 1,
            overlay: #"{"boxes":[],"counts":{"person":2}}"#,
            image: try Image.filled(width: 2, height: 2, color: .white).encodedJPEG(), mediaType: "image/jpeg")
    }

    private func report(_ collector: ReportCollector) -> VideoReport {
        let video = VideoDescription(
            width: 640, height: 480, rotation: 90, duration: 10_000, fps: 25, codec: "h264", container: "mov",
            hasAudio: true)
        return collector.report(
            AnalysisSummary(
                video: video, framesDecoded: 250_000, framesAnalysed: 50_000, firstTimestamp: 0, lastTimestamp: 9999,
                counts: .init(), classes: ["person": 3], secondsByStage: [:], corruptPackets: 7),
            settings: AnalysisSettings(), title: "t", origin: [], fileSize: 12_345_678)
    }

    private func page(_ report: VideoReport) throws -> PageContent {
        var text = ""
        try ReportPage(report: report).write { text += $0 }
        return try PageContent(text)
    }

    @Test func aLongVideoGivesABoundedPage() throws {
        var collector = ReportCollector(progress: NoProgress())
        for number in 0..<1000 { try collector.display(try keyFrame(Int64(number))) }
        for id in 1...3000 { collector.track(track(Int32(id), detections: Int32(id))) }
        let report = report(collector)
        #expect((24...48).contains(report.keyFrames.count))
        let times: [Double] = report.keyFrames.map { $0.timestamp ?? -1 }
        #expect(times == times.sorted())
        let trackIDs: [Int] = report.tracks.map { $0.trackID }
        #expect(trackIDs == Array(2501...3000))
        let page = try page(report)
        #expect(page.imageSizes.count == report.keyFrames.count)
        #expect(page.text.contains("\(report.keyFrames.count) of 1000, evenly spread."))
        #expect(page.text.contains("The 500 of 3000 with the most detections."))
        for text in ["1:01:01.0", "2 × person", "12.3 MB", "turned by 90°", "7 packets", "with sound"] {
            #expect(page.text.contains(text), "\(text)")
        }
    }

    @Test func distancesAreThoseInMetres() throws {
        var collector = ReportCollector(progress: NoProgress())
        for id in 1...3 { collector.track(track(Int32(id), detections: 5)) }
        for metres in [4, 6, 11] as [Float] { collector.depth(depth(1, metres)) }
        collector.depth(depth(2, 0.5, .relative))
        collector.depth(depth(nil, 8))
        let report = report(collector)
        let distances: [VideoReport.Track.Distance?] = report.tracks.map { $0.distance }
        #expect(distances == [VideoReport.Track.Distance(mean: 7, nearest: 4, farthest: 11), nil, nil])
        let page = try page(report)
        #expect(page.text.contains("7.0 m 4.0 to 11.0"))
        #expect(page.text.contains("2 tracks have none"))
    }

    @Test func whatIsMissingIsNamed() throws {
        let page = try page(report(ReportCollector(progress: NoProgress())))
        #expect(page.text.contains("No object was found."))
        #expect(page.text.contains("no picture of these kinds: heatmap, trajectories, timeline, contact sheet."))
        #expect(page.imageSizes == [])
    }

    @Test(arguments: [
        (#"{"detector":"hog-mog2-2","classes":null,"frames_per_second":5}"#, "people by their outline"),
        ("not json", "not json"), (#"{"detector":"other 1"}"#, "other 1"),
    ])
    func settingsAreReadFromTheFingerprint(fingerprint: String, text: String) {
        #expect(ReportSettings(fingerprint: fingerprint).detectorText.contains(text))
    }

    @Test func timelineIsCutIntoFewStretches() throws {
        let zeros = Array(repeating: "0", count: 98).joined(separator: ",")
        let overlay =
            #"{"classes":{"person":{"maximum":[2,5,\#(zeros)],"mean":[1,2,\#(zeros)]}},"#
            + #""frames":[1,3,\#(zeros.replacing("0", with: "1"))],"seconds_per_bin":2}"#
        let timeline = try ReportTimeline(overlay: overlay, duration: 199)
        #expect(timeline.classes == ["person"])
        #expect(timeline.stretches.count == 25)
        let first = try #require(timeline.stretches.first)
        // (1 x 1 + 3 x 2) / 6 frames.
        #expect(first == .init(start: 0, end: 8, counts: [.init(mean: 7.0 / 6, most: 5)]))
        #expect(timeline.stretches.last?.end == 199)
    }

    @Test(arguments: [
        ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"), ("\u{0}\u{1B}\u{85}é\u{202E}", "\u{FFFD}\u{FFFD}\u{FFFD}é\u{202E}"),
    ])
    func textIsEscaped(text: String, expected: String) {
        let html: HTML = "\(text)"
        #expect(html.text == expected)
    }
}
