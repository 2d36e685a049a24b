import ArgumentParser
import Foundation
import JSON
import PostgreSQL

/// `analysis-service search`: the stored frames that look most like another frame or a picture.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the stored frames nearest to a stored frame or a picture.",
        discussion: """
            Examples:
              analysis-service search --like test-001 --frame 120
              analysis-service search --image cart.jpg --video test-001 --limit 5

            Reads the database of DB_SECRET_ARN or DATABASE_URL; no service is needed.
            """)

    @Option(name: .customLong("like"), help: "The video of the frame to compare with.") var likeVideoID: String?
    @Option(name: .customLong("frame"), help: "The number of the frame to compare with.") var frameNumber: Int64?
    @Option(help: "A JPEG or PNG file to compare with.") var image: String?
    @Option(name: .customLong("video"), help: "Find only frames of this video.") var videoID: String?
    @Option(name: .customLong("class"), help: "Find only frames with an object of this class.") var className: String?
    @Option(help: "How many frames to find, 1 to 1000.") var limit = FrameQuery.defaultLimit
    @Option(help: "text for people, json for programs.") var format: StatusCommand.Format = .text

    func validate() throws {
        let hasFrame = likeVideoID != nil && frameNumber != nil
        guard (likeVideoID == nil) == (frameNumber == nil), hasFrame != (image != nil) else {
            throw ValidationError("Name either a stored frame with --like and --frame, or a file with --image.")
        }
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    func run() async throws {
        try await DatabaseCommand.run { store, _ in
            let filter = FrameSearchFilter(videoID: videoID, className: className)
            let matches = try await store.search(try await search(in: store, filter))
            switch format {
            case .json:
                let document: JSON = ["frames": .array(matches.map(\.json))]
                print(document.serialized(pretty: true))
            case .text:
                var table = TextTable("DISTANCE", "VIDEO", "FRAME", "SECONDS")
                for match in matches {
                    table.append(
                        rounded(match.distance, digits: 4), match.videoID, "\(match.frameNumber)",
                        rounded(match.timestamp, digits: 3))
                }
                print(table.text, terminator: "")
            }
        }
    }

    private func search(in store: AnalysisStore, _ filter: FrameSearchFilter) async throws -> FrameSearch {
        if let image {
            let file = try Data(contentsOf: URL(filePath: image))
            let (model, vector) = try await ImageEmbedding().embed(file: Array(file))
            return FrameSearch(vector: vector, model: model, filter: filter, limit: limit)
        }
        let origin = FrameQuery.Origin.frame(
            videoID: likeVideoID ?? "", frameNumber: frameNumber ?? 0, model: nil)
        return try await FrameQuery(origin: origin, filter: filter, limit: limit).search(in: store)
    }
}
