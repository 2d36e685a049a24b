import ArgumentParser
import VideoAnalysis

/// `analysis-service track`: the tracker alone, over detections of any origin.
struct TrackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "track",
        abstract: "Track the detections of a MOTChallenge text file.",
        discussion: """
            Reads lines frame,id,x,y,width,height,confidence[,class] and writes the same with the tracks' ids. \
            Needs no video, no server and no database.
            """)

    @Option(
        help: """
            The detections, MOTChallenge text, - for standard input. Boxes are in pixels, confidences on a scale \
            from 0 to 1.
            """)
    var detections: String

    @Option(parsing: .unconditional, help: "Frames a second of the video that the detections are from.")
    var frameRate: Double

    @Option(help: "Where the tracks go, - for standard output.")
    var output: String

    func validate() throws {
        guard frameRate.isFinite, frameRate > 0 else {
            throw ValidationError("--frame-rate is \(frameRate): expected a number above 0")
        }
    }

    func run() async throws {
        let (input, output, frameRate) = (detections, output, frameRate)
        do {
            let summary = try await OwnThread.run {
                Result { try Self.track(input, to: output, frameRate: frameRate) }
            }
            if summary.frames > 0, summary.tracks == 0 {
                ErrorOutput.write(
                    "no tracks: confidences are expected on a scale from 0 to 1, and only a detection of at least "
                        + "\(TrackerSettings().highConfidence) begins a track\n")
            }
            ErrorOutput.write(
                "\(summary.frames) frames, \(summary.tracks) tracks, \(summary.boxes) boxes, "
                    + "\(summary.interpolated) of them filled in\n")
        } catch let failure as AnalyzeFailure {
            throw failure.exit()
        } catch let error as VideoAnalysisError {
            throw AnalyzeFailure(error).exit()
        } catch let error as MOTChallengeError {
            throw AnalyzeFailure(malformed: InputFile.name(input), reason: "\(error)").exit()
        }
    }

    private static func track(
        _ input: String, to output: String, frameRate: Double
    ) throws -> MOTChallengeTracking.Summary {
        let tracking = try MOTChallengeTracking(frameRate: frameRate)
        let text = try InputFile.read(input)
        let file = try ResultFile(output == "-" ? nil : output)
        let summary = try tracking.track(text) { try file.write($0) }
        try file.finish()
        return summary
    }
}
