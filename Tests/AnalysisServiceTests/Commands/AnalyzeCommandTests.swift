import Foundation
import JSON
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

/// The real executable, as people and scripts call it.
@Suite struct AnalyzeCommandTests {
    private func analyze(_ arguments: [String]) async throws -> TestProcess.Completion {
        try await TestProcess.run(
            try TestPaths.executable("analysis-service"), ["analyze"] + arguments, within: .seconds(300))
    }

    @Test func jsonNamesWhatTheVideoIs() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        let result = try await analyze([video, "--format", "json", "--fps", "2"])
        #expect(result.ending == .exited(0))
        #expect(result.standardError == "")
        let node = try JSON(parsing: result.standardOutput).node
        #expect(try node["video"]["width"].int() == 768)
        #expect(try node["video"]["height"].int() == 576)
        #expect(try node["video"]["rotation"].int() == 0)
        #expect(try node["video"]["codec"].string() == "h264")
        let hasAudio = try node["video"]["has_audio"].bool()
        #expect(!hasAudio)
        let duration = try node["video"]["duration"].double()
        #expect(abs(duration - 3) < 0.2)
        #expect(try node["video"]["fps"].double() == 10)
        #expect(try node["video"]["container"].string() != "")
        #expect(try node["frames_decoded"].int() == 30)
        #expect(try node["frames_analysed"].int() == 6)
        #expect(try node["first_timestamp"].double() == 0)
        let last = try node["last_timestamp"].double()
        #expect(abs(last - 2.5) < 0.11)
        #expect(try node["events"].int() > 0)
        #expect(try node["tracks"].int() > 0)
        #expect(try node["classes"]["person"].int() > 0)
    }

    @Test func motIsOneLineForEachEventAndTheSameEveryTime() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            let output = folder.appending(path: "result.txt").path
            let arguments = [video, "--fps", "2", "--format", "mot"]
            let first = try await analyze(arguments)
            let second = try await analyze(arguments + ["--output", output])
            #expect(first.ending == .exited(0))
            #expect(second.ending == .exited(0))
            #expect(second.standardOutput == "")
            #expect(try String(contentsOfFile: output, encoding: .utf8) == first.standardOutput)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["result.txt"])
            let rows = try MOTChallengeFile(parsing: Array(first.standardOutput.utf8)).rows
            #expect(!rows.isEmpty)
            #expect(rows.allSatisfy { $0.frame >= 1 && $0.frame <= 30 && $0.classID != nil })
            #expect(first.standardOutput.split(separator: "\n").allSatisfy { $0.hasSuffix(",-1,-1") })
        }
    }

    @Test func classFilterKeepsOnlyThatClass() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        let result = try await analyze([video, "--format", "json", "--fps", "1", "--class", "moving_object"])
        let classes = try JSON(parsing: result.standardOutput).node["classes"].object()
        #expect(Array(classes.keys) == ["moving_object"])
        let unknown = try await analyze([video, "--class", "giraffe"])
        #expect(unknown.ending == .exited(64))
        #expect(unknown.standardError.contains(#"no class "giraffe", but person, moving_object"#))
    }

    @Test func summaryIsForPeople() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        let result = try await analyze([video, "--fps", "1"])
        #expect(result.ending == .exited(0))
        for part in ["768 x 576", "h264", "30 decoded", "person", "detect"] {
            #expect(result.standardOutput.contains(part), "\(part) is missing in \(result.standardOutput)")
        }
    }

    @Test func theAnnotatedVideoHasEveryFrameOfTheVideo() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await TestPaths.withFolder { folder in
            let annotated = folder.appending(path: "out.mp4").path
            let result = try await analyze([video, "--fps", "2", "--class", "person", "--annotate", annotated])
            #expect(result.ending == .exited(0), "\(result.standardError)")
            #expect(result.standardError == "")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.mp4"])
            let (before, after) = (try await frames(of: video), try await frames(of: annotated))
            #expect(after.video.codec == "h264")
            #expect(after.video.width == 768 && after.video.height == 576)
            #expect(after.times.count == 30)
            #expect(zip(after.times, before.times).allSatisfy { abs($0 - $1) < 0.001 })
            // Somewhere in the picture there are boxes, in most of it there are none.
            #expect((0.001...0.3).contains(before.last.changedShare(after.last)))
        }
    }

    @Test func anAnnotatedVideoThatFailsLeavesNothing() async throws {
        let video = try await TestVideo.sample(seconds: 3)
        let executable = try TestPaths.executable("analysis-service")
        try await TestPaths.withFolder { folder in
            let copy = folder.appending(path: "copy.mp4").path
            try FileManager.default.copyItem(atPath: video, toPath: copy)
            let output = folder.appending(path: "out.mp4").path
            // Files of at most 20 kB: the annotated video is larger.
            let full = try await TestProcess.run(
                "/bin/sh",
                [
                    "-c", "ulimit -f 40; exec \"$0\" analyze \"$1\" --fps 1 --annotate \"$2\"", executable,
                    copy, output,
                ], within: .seconds(300))
            #expect(full.ending == .exited(74), "\(full.standardError)")
            #expect(full.standardError.hasPrefix("work_folder_full: "))
            let cases: [([String], Int32, String)] = [
                ([copy, "--annotate", copy], 64, "is the video itself"),
                ([copy, "--annotate", folder.path + "/no/such/out.mp4"], 73, "cannot be written"),
                ([copy, "--annotate", folder.path + "/out.gif"], 64, "is no .mp4 file"),
                ([copy, "--annotate", output, "--output", output], 64, "the same file"),
                ([copy, "--annotate", output, "--json-lines"], 64, "--json-lines goes with neither"),
            ]
            for (arguments, code, text) in cases {
                let result = try await analyze(arguments)
                #expect(result.ending == .exited(code), "\(arguments)")
                #expect(result.standardError.contains(text), "\(arguments): \(result.standardError)")
                #expect(result.standardOutput == "", "\(arguments)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["copy.mp4"])
        }
    }

    private struct Frames: Sendable {
        var video: VideoDescription
        var times: [Double]
        var last: Image
    }

    private func frames(of path: String) async throws -> Frames {
        try await OwnThread.run {
            Result<Frames, any Error> {
                let decoder = try VideoDecoder(
                    path: path, limits: .init(maximumPixels: 1 << 24, maximumSeconds: 60), threads: 1)
                var times: [Double] = []
                var last: Image?
                while let time = try decoder.next() {
                    times.append(time.timestamp)
                    if times.count == 26 { last = try decoder.currentImage() }
                }
                return Frames(video: decoder.video, times: times, last: try #require(last))
            }
        }
    }

    @Test func fileThatCannotBeAnalysedEndsWithItsCode() async throws {
        try await TestPaths.withFolder { folder in
            let text = folder.appending(path: "text.mp4").path
            try Data("just text".utf8).write(to: URL(filePath: text))
            let empty = folder.appending(path: "empty.mp4").path
            try Data().write(to: URL(filePath: empty))
            let video = try await TestVideo.sample(seconds: 3)
            let cases: [([String], Int32, String)] = [
                ([text], 65, "not_a_video: "), ([empty], 65, "not_a_video: "), ([folder.path], 65, "not_a_video: "),
                (["/no/such/file.mp4"], 66, "not_found: "), ([video, "--maximum-seconds", "1"], 65, "too_large: "),
                ([video, "--output", "/dev/full"], 74, "work_folder_full: "),
                (
                    [video, "--output", "/no/such/folder/x"], 73,
                    "bad_request: /no/such/folder/x cannot be written: No such file or directory."
                ),
                ([video, "--output", folder.path], 73, "bad_request: \(folder.path) cannot be written: "),
            ]
            for (arguments, code, start) in cases {
                let result = try await analyze(arguments)
                #expect(result.ending == .exited(code), "\(arguments)")
                #expect(result.standardError.hasPrefix(start), "\(arguments): \(result.standardError)")
                #expect(result.standardOutput == "", "\(arguments)")
            }
        }
    }

    @Test(arguments: [
        ["--detector", "model.onnx", "x.mp4"], ["--detector", "s3://b/k.onnx", "x.mp4"], ["--detector", "dog", "x"],
        ["--fps", "0", "x.mp4"], ["--fps", "nan", "x.mp4"], ["--fps", "-1", "x.mp4"],
        ["--format", "xml", "x"],
        ["--json-lines", "--output", "y", "x.mp4"], [],
    ])
    func wrongUsageIsExitCode64(arguments: [String]) async throws {
        let result = try await analyze(arguments)
        #expect(result.ending == .exited(64))
        #expect(result.standardOutput == "")
        #expect(!result.standardError.isEmpty)
        #expect(!result.standardError.contains("Missing value"))
    }

    @Test(arguments: zip([SIGINT, SIGTERM], [130, 143] as [Int32]))
    func signalEndsItCleanly(signal: Int32, code: Int32) async throws {
        let video = try await TestVideo.sample()
        try await TestPaths.withFolder { folder in
            let output = folder.appending(path: "result.txt").path
            try await TestProcess.with(
                try TestPaths.executable("analysis-service"), ["analyze", video, "--format", "mot", "--output", output]
            ) { process in
                try await eventually("the start of the result") {
                    try FileManager.default.contentsOfDirectory(atPath: folder.path) != []
                }
                process.signal(signal)
                #expect(try await process.wait() == .exited(code))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }

    @Test func progressBarTellsShareFramesAndTimeLeft() {
        let bar = ProgressBar(name: "vtest")
        #expect(
            bar.text(fraction: 0.5, frames: 12, seconds: 65)
                == "vtest [===============>              ] 50 %  12 frames  1:05 left")
        #expect(bar.text(fraction: 0, frames: 0, seconds: 0).hasSuffix("] 0 %  0 frames"))
        #expect(bar.text(fraction: 7, frames: 1, seconds: 1).contains("[==============================] 100 %"))
    }
}

extension Image {
    /// The share of bytes that differ clearly.
    fileprivate func changedShare(_ other: Image) -> Double {
        withBytes { pixels, stride in
            other.withBytes { others, otherStride in
                var changed = 0
                for row in 0..<height {
                    for byte in 0..<3 * width {
                        let difference = Int(pixels[row * stride + byte]) - Int(others[row * otherStride + byte])
                        if abs(difference) > 60 { changed += 1 }
                    }
                }
                return Double(changed) / Double(3 * width * height)
            }
        }
    }
}
