import Foundation
import VideoAnalysis

/// Measures how often a changed frame finds its original first among many distinct frames, by exact search.
///
/// `RetrievalBenchmark [--frames COUNT] [--every STEP] [--set FOLDER] [--video FILE]...`: every STEP-th frame is searched
/// by. The frames are kept in the folder, or taken from it when it has them. Files are added to the sample videos.
@main
enum RetrievalBenchmark {
    private static let descriptor = ImageDescriptor(of: .frames)

    static func main() throws {
        var frameCount = 10_000
        var step = 4
        var videos: [URL] = []
        var folder: URL?
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            let value = arguments.popFirst() ?? ""
            switch (option, Int(value)) {
            case ("--frames", let count?) where count > 0: frameCount = count
            case ("--every", let every?) where every > 0: step = every
            case ("--video", _) where !value.isEmpty: videos.append(URL(filePath: value))
            case ("--set", _) where !value.isEmpty: folder = URL(filePath: value)
            default: throw BenchmarkError(description: "what is \(option) \(value)?")
            }
        }
        if let folder {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try measure(frameCount, every: step, of: videos, in: folder)
        } else {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "framelake-retrieval-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let outcome = Result { try measure(frameCount, every: step, of: videos, in: folder) }
            try FileManager.default.removeItem(at: folder)
            try outcome.get()
        }
    }

    private static func measure(_ frameCount: Int, every step: Int, of videos: [URL], in folder: URL) throws {
        let video = folder.appending(path: "original.mp4")
        let halved = folder.appending(path: "halved.mp4")
        let list = folder.appending(path: "origins.txt")
        if !FileManager.default.fileExists(atPath: list.path) {
            let frames = try FrameSet(frameCount, of: videos, into: video, folder: folder)
            try FFmpeg.halveBitRate(of: video, into: halved, seconds: frameCount)
            try frames.origins.map(\.rawValue).joined(separator: "\n").write(
                to: list, atomically: true, encoding: .utf8)
        }
        let origins = try String(contentsOf: list, encoding: .utf8).split(separator: "\n").compactMap {
            Origin(rawValue: String($0))
        }
        let questions = try Questions(video: video, halved: halved, every: step, descriptor: descriptor)
        guard origins.count == frameCount, questions.known.count == frameCount * ImageDescriptor.dimensions else {
            throw BenchmarkError(description: "the videos do not hold \(frameCount) frames")
        }
        print("\(descriptor.modelName): \(frameCount) frames, \(questions.asked.count) searched by\n")
        printTable(questions, origins) { questions.found(by: $0, viewLimit: .max) }
        print("\nBy the picture's own vector alone, without the views of what it may be a part of:\n")
        printTable(questions, origins) { questions.found(by: $0, viewLimit: 1) }
    }

    /// Shares of the frames that were found first, of each origin and of all.
    private static func printTable(_ questions: Questions, _ origins: [Origin], found: (Change) -> [Int]) {
        let columns = Origin.allCases.filter(origins.contains)
        print("| change | all | " + columns.map(\.rawValue).joined(separator: " | ") + " |")
        print("|" + String(repeating: " --- |", count: columns.count + 2))
        for change in Change.allCases {
            let right = zip(questions.asked, found(change)).filter { $0 == $1 }.map(\.0)
            let shares = columns.map { origin in
                share(right.count { origins[$0] == origin }, of: questions.asked.count { origins[$0] == origin })
            }
            print(
                "| \(change.rawValue) | \(share(right.count, of: questions.asked.count)) | "
                    + shares.joined(separator: " | ") + " |")
        }
    }

    private static func share(_ count: Int, of total: Int) -> String {
        total == 0 ? "" : String(format: "%.1f", 100 * Double(count) / Double(total))
    }
}
