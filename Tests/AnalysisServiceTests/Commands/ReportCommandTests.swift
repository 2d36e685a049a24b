import Foundation
import PostgreSQL
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

/// The real executable, as people call it.
@Suite struct ReportCommandTests {
    private func report(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> TestProcess.Completion {
        var merged = ProcessInfo.processInfo.environment
        for name in ["DATABASE_URL", "DB_SECRET_ARN", "AWS_REGION", "AWS_DEFAULT_REGION"] {
            merged[name] = environment[name]
        }
        return try await TestProcess.run(
            try TestPaths.executable("analysis-service"), ["report"] + arguments, environment: merged,
            within: .seconds(300))
    }

    @Test func aFileIsAnalysedAndShownWithoutADatabase() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            let page = folder.appending(path: "report.html")
            let result = try await report([video, "--output", page.path, "--fps", "2"])
            #expect(result.ending == .exited(0), "\(result.standardError)")
            #expect(result.standardOutput == "")
            #expect(result.standardError.contains("--stored"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.html"])
            let parsed = try PageContent(contentsOf: page)
            #expect(parsed.title == "vtest-3s.mp4")
            #expect(parsed.externalReferences == [])
            // Contact sheet, timeline, heat map, trajectories, three key frames.
            #expect(parsed.imageSizes.count == 7)
            #expect(parsed.imageSizes.filter { $0 == [640, 480] }.count == 5)
            for text in ["768 × 576", "6 of 30", "h264 in mov", "person", "0:02.5", "without a model file"] {
                #expect(parsed.text.contains(text), "\(text)")
            }
        }
    }

    @Test func aVideoWithoutObjectsSaysSo() async throws {
        try await TestPaths.withFolder { folder in
            let video = folder.appending(path: "empty.mp4").path
            try await TestVideo.make(
                video, ["-f", "lavfi", "-i", "color=gray:size=320x240:rate=10:duration=3", "-c:v", "libx264"])
            let result = try await report([video, "--output", "-", "--fps", "1", "--class", "person"])
            #expect(result.ending == .exited(0))
            let parsed = try PageContent(result.standardOutput)
            #expect(parsed.text.contains("No object was found."))
            #expect(parsed.text.contains("Objects of other classes were left out"))
            #expect(parsed.imageSizes.count == 7)
        }
    }

    @Test func storedRowsMakeThePage() async throws {
        let hostile = #"<script>alert("x")</script> & 'y' https://example.com/"#
        try await withStore { fixture in
            let claim = try await fixture.claimed()
            let spool = fixture.folder.appending(path: "spool")
            let video = try await TestVideo.sample(seconds: 3)
            let analysis = try await TestProcess.run(
                try TestPaths.executable("analysis-service"),
                [
                    "analyze", video, "--fps", "2", "--spool", spool.path, "--video-id", claim.videoID,
                    "--analysis-id", "\(claim.analysisID)",
                ], within: .seconds(300))
            #expect(analysis.ending == .exited(0), "\(analysis.standardError)")
            _ = try await fixture.publish(claim, folder: spool)
            try await fixture.pool.query("UPDATE apps_db_video SET title = $1", [.text(hostile)])
            try await fixture.pool.query("UPDATE apps_db_track SET class_name = $1 WHERE track_id = 1", ["<b>dog</b>"])

            let page = fixture.folder.appending(path: "report.html")
            let database = ["DATABASE_URL": fixture.databaseURL]
            let result = try await report(["test-001", "--output", page.path], environment: database)
            #expect(result.ending == .exited(0), "\(result.standardError)")
            #expect(result.standardError == "")
            let parsed = try PageContent(contentsOf: page)
            #expect(parsed.title == hostile)
            #expect(parsed.externalReferences == [])
            #expect(parsed.elements.isDisjoint(with: ["script", "b"]))
            #expect(parsed.text.contains("<b>dog</b>"))
            #expect(parsed.text.contains("s3://raw/videos/test-001.mp4"))
            #expect(parsed.imageSizes.count == 7)

            // An id that is a file's name too.
            let named = try await TestProcess.run(
                "/bin/sh",
                [
                    "-c", "cd \"$0\" && : > test-001 && exec \"$1\" report test-001 --output -",
                    fixture.folder.path, try TestPaths.executable("analysis-service"),
                ])
            #expect(named.ending == .exited(65))
            #expect(named.standardError.contains("test-001 is a file"))
            let stored = try await report(
                [fixture.folder.appending(path: "test-001").path, "--stored", "--output", "-"], environment: database)
            #expect(stored.ending == .exited(1))
            #expect(stored.standardError.contains("no stored video"))
        }
    }

    @Test func whatCannotBeReportedIsSaid() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await withStore { fixture in
            _ = try await fixture.claimed()
            let database = ["DATABASE_URL": fixture.databaseURL]
            let cases: [([String], [String: String], Int32, String)] = [
                (["none", "--output", "-"], database, 1, "there is no file and no stored video none"),
                (
                    ["test-001", "--output", "-"], database, 1,
                    "no analysis of video test-001 has completed; its newest"
                ),
                (["none", "--output", "-"], [:], 78, "set DATABASE_URL or DB_SECRET_ARN"),
                (["test-001", "--fps", "1", "--output", "-"], database, 64, "do not go with a stored video"),
                (["test-001"], database, 64, "--output"),
                (
                    [video, "--output", "/no/such/folder/x"], [:], 73,
                    "bad_request: /no/such/folder/x cannot be written"
                ),
                ([video, "--output", video], [:], 64, "is the video itself"),
            ]
            for (arguments, environment, code, text) in cases {
                let result = try await report(arguments, environment: environment)
                #expect(result.ending == .exited(code), "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(text), "\(arguments): \(result.standardError)")
                #expect(result.standardOutput == "", "\(arguments)")
            }
        }
    }
}

/// What a browser would make of a page, as far as the tests ask.
struct PageContent {
    var title = ""
    /// Without markup, entities resolved.
    var text = ""
    var elements: Set<String> = []
    /// Whatever would make a request: the values of src, href and the like that are no data, and url() in style.
    var externalReferences: [String] = []
    var imageSizes: [[Int]] = []

    init(contentsOf file: URL) throws {
        try self.init(try String(contentsOf: file, encoding: .utf8))
    }

    init(_ page: String) throws {
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(page.hasSuffix("</html>\n"))
        for part in page.split(separator: "<", omittingEmptySubsequences: true).dropFirst() {
            let pieces = part.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
            let tag = try #require(pieces.first)
            let content = Self.resolved(String(pieces.count > 1 ? pieces[1] : ""))
            let name = String(tag.prefix { $0 != " " })
            elements.insert(name)
            if name == "title" { title = content }
            if name == "style", content.contains("url(") || content.contains("@import") {
                externalReferences.append(content)
            }
            if name != "style" { text += content }
            for attribute in ["src=\"", "href=\"", "srcset=\"", "poster=\"", "data=\""] {
                guard let start = tag.range(of: " \(attribute)")?.upperBound else { continue }
                let value = tag[start...].prefix { $0 != "\"" }
                guard value.hasPrefix("data:image/"), let comma = value.firstIndex(of: ",") else {
                    externalReferences.append(String(value))
                    continue
                }
                let bytes = try #require(Data(base64Encoded: String(value[value.index(after: comma)...])))
                let image = try Image(decoding: [UInt8](bytes))
                #expect(tag.contains("width=\"\(image.width)\" height=\"\(image.height)\""))
                imageSizes.append([image.width, image.height])
            }
        }
    }

    private static func resolved(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
}
