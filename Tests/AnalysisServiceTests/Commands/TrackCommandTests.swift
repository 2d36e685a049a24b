import Foundation
import TestSupport
import Testing
import VideoAnalysis

@testable import AnalysisService

@Suite struct TrackCommandTests {
    private func track(_ arguments: [String]) async throws -> TestProcess.Completion {
        try await TestProcess.run(try TestPaths.executable("analysis-service"), ["track"] + arguments)
    }

    /// One object that walks to the right.
    private static let walk = (1...20).map { "\($0),-1,\($0 * 5),50,40,80,0.9,-1,-1,-1" }.joined(separator: "\n")

    @Test func detectionsBecomeTracks() async throws {
        try await TestPaths.withFolder { folder in
            let input = folder.appending(path: "det.txt").path
            let output = folder.appending(path: "out.txt").path
            try Data(Self.walk.utf8).write(to: URL(filePath: input))
            let result = try await track(["--detections", input, "--frame-rate", "10", "--output", output])
            #expect(result.ending == .exited(0))
            #expect(result.standardOutput == "")
            let rows = try MOTChallengeFile(parsing: Array(try Data(contentsOf: URL(filePath: output)))).rows
            #expect(rows.count >= 15)
            #expect(Set(rows.map(\.trackID)) == [1])
        }
    }

    @Test func detectionsComeFromStandardInput() async throws {
        try await TestPaths.withFolder { folder in
            let executable = try TestPaths.executable("analysis-service")
            for (text, code, part) in [(Self.walk, 0 as Int32, " 1 tracks"), ("x\n", 65, "standard input: line 1: ")] {
                let input = folder.appending(path: "det.txt").path
                try Data(text.utf8).write(to: URL(filePath: input))
                let script = #"cat "$1" | "$0" track --detections - --frame-rate 10 --output -"#
                let result = try await TestProcess.run("/bin/sh", ["-c", script, executable, input])
                #expect(result.ending == .exited(code), "\(result.standardError)")
                #expect(result.standardError.contains(part), "\(result.standardError)")
                #expect(result.standardOutput.contains("\n20,1,100,50,") == (code == 0), "\(result.standardOutput)")
            }
        }
    }

    @Test(arguments: [("0.9", false), ("0.4", true), ("-3.5", true), (nil, false)])
    func whyThereAreNoTracksIsSaid(confidence: String?, isSaid: Bool) async throws {
        try await TestPaths.withFolder { folder in
            let input = folder.appending(path: "det.txt").path
            let text = confidence.map { Self.walk.replacingOccurrences(of: ",0.9,", with: ",\($0),") } ?? "\n"
            try Data(text.utf8).write(to: URL(filePath: input))
            let result = try await track(["--detections", input, "--frame-rate", "10", "--output", "-"])
            #expect(result.ending == .exited(0))
            #expect(result.standardError.contains("on a scale from 0 to 1") == isSaid, "\(result.standardError)")
            #expect(result.standardError.contains("at least 0.7 begins") == isSaid, "\(result.standardError)")
        }
    }

    @Test func textThatIsNoDetectionsIsToldByItsLine() async throws {
        try await TestPaths.withFolder { folder in
            let input = folder.appending(path: "det.txt").path
            let output = folder.appending(path: "out.txt").path
            try Data("1,-1,1,1,1,1,1\nhello\n".utf8).write(to: URL(filePath: input))
            let result = try await track(["--detections", input, "--frame-rate", "10", "--output", output])
            #expect(result.ending == .exited(65))
            #expect(result.standardError.contains("line 2"))
            #expect(!FileManager.default.fileExists(atPath: output))
        }
    }

    @Test func anOutputThatCannotBeCreatedIsNamed() async throws {
        try await TestPaths.withFolder { folder in
            let input = folder.appending(path: "det.txt").path
            try Data(Self.walk.utf8).write(to: URL(filePath: input))
            let output = folder.appending(path: "none/out.txt").path
            let result = try await track(["--detections", input, "--frame-rate", "10", "--output", output])
            #expect(result.ending == .exited(73))
            let line = "bad_request: \(output) cannot be written: No such file or directory.\n"
            #expect(result.standardError == line)
        }
    }

    @Test func missingFileAndWrongRateAreTold() async throws {
        let missing = try await track(["--detections", "/no/such", "--frame-rate", "10", "--output", "-"])
        #expect(missing.ending == .exited(66))
        for number in ["0", "-3", "nan"] {
            let rate = try await track(["--detections", "/no/such", "--frame-rate", number, "--output", "-"])
            #expect(rate.ending == .exited(64))
            #expect(rate.standardError.contains("expected a number above 0"), "\(rate.standardError)")
        }
    }
}
