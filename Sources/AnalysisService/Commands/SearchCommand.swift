import AnalysisAPI
import ArgumentParser
import JSON
import PostgreSQL
import VideoAnalysis

/// `analysis-service search`: the stored frames or objects that look most like another one, a picture or a vector.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the stored frames, or objects, that look most like another one or a picture.",
        discussion: """
            Examples:
              analysis-service search --like test-001 --frame 120
              analysis-service search --image cart.jpg --video test-001 --from 60 --to 120 --limit 5
              analysis-service search --like test-001 --track 3 --class person
              analysis-service search --objects --image person.png

            A vector is a JSON array of numbers in a file: --vector query.json, or - for standard input.
            Reads the database of DB_SECRET_ARN or DATABASE_URL; no service is needed.
            """)

    @Option(name: .customLong("like"), help: "The video of the frame or track to compare with.")
    var likeVideoID: String?
    @Option(name: .customLong("frame"), help: "The number of the frame to compare with.") var frameNumber: Int64?
    @Option(name: .customLong("track"), help: "The track to compare with; finds objects.") var trackID: Int64?
    @Option(help: "A JPEG or PNG file to compare with, - for standard input.") var image: String?
    @Option(help: "A file with a vector to compare with, as a JSON array, - for standard input.") var vector: String?
    @Option(
        name: .customLong("embedding-model"),
        help: ArgumentHelp(
            "The manifest of the network that describes pictures, when there is one.", valueName: "model"))
    var embeddingModels: [String] = []
    @Option(help: "The model of the vectors, when it is not the configured one.") var model: String?
    @Flag(help: "Find objects instead of frames.") var objects = false
    @Option(name: .customLong("video"), help: "Find only what is in this video.") var videoID: String?
    @Option(name: .customLong("class"), help: "Find only frames with an object of this class, or objects of it.")
    var className: String?
    @Option(name: .customLong("from"), help: "Find only what was seen from this second of its video on.")
    var fromSeconds: Double?
    @Option(name: .customLong("to"), help: "Find only what was seen before this second.") var toSeconds: Double?
    @Option(help: "How many to find, 1 to 1000.") var limit = SearchQuery.defaultLimit
    @Option(help: "text for people, json for programs.") var format: StatusCommand.Format = .text

    func validate() throws {
        let origins = [frameNumber != nil, trackID != nil, image != nil, vector != nil].count { $0 }
        guard origins == 1, (likeVideoID != nil) == (frameNumber != nil || trackID != nil) else {
            throw ValidationError(
                "Name a stored frame with --like and --frame, a track with --like and --track, "
                    + "a picture with --image or a vector with --vector.")
        }
        guard !objects || frameNumber == nil else {
            throw ValidationError("--frame finds frames: name an object with --track.")
        }
        guard SearchQuery.limits.contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
        guard fromSeconds ?? 0 >= 0, toSeconds ?? 0 >= 0 else {
            throw ValidationError("--from and --to must be seconds from 0.")
        }
    }

    func run() async throws {
        try await DatabaseCommand.run { store, _ in
            let search = try await search(in: store)
            let matches = try await store.search(search)
            switch format {
            case .json: print(matches.json(of: search.table).serialized(pretty: true))
            case .text: print(Self.table(matches, of: search.table).text, terminator: "")
            }
        }
    }

    private static func table(_ matches: [EmbeddingMatch], of table: EmbeddingTable) -> TextTable {
        var text =
            switch table {
            case .frames: TextTable("DISTANCE", "VIDEO", "FRAME", "SECONDS")
            case .objects: TextTable("DISTANCE", "VIDEO", "TRACK", "CLASS", "FRAME", "SECONDS")
            }
        for match in matches {
            let distance = rounded(match.distance, digits: 4)
            let seconds = rounded(match.timestamp, digits: 3)
            if let object = match.object {
                text.append(
                    distance, match.videoID, "\(object.trackID)", object.className, "\(match.frameNumber)", seconds)
            } else {
                text.append(distance, match.videoID, "\(match.frameNumber)", seconds)
            }
        }
        return text
    }

    private func search(in store: AnalysisStore) async throws -> EmbeddingSearch {
        let table: EmbeddingTable = objects || trackID != nil ? .objects : .frames
        let filter = SearchFilter(
            videoID: videoID, className: className, fromSeconds: fromSeconds, toSeconds: toSeconds)
        let embeddingModels = embeddingModels
        let embedding = try await OwnThread.run {
            Result<ImageEmbedding, any Error> {
                try ImageEmbedding(settings: AnalysisSettings(embeddingModels: try ModelFile.loading(embeddingModels)))
            }
        }
        if let image {
            return EmbeddingSearch(
                table, vectors: try await Self.vectors(of: image, embedding, for: table),
                model: embedding.modelName(for: table), filter: filter, limit: limit)
        }
        let origin: SearchQuery.Origin =
            if let vector {
                .vector(try await Self.vector(in: vector))
            } else if let trackID {
                .track(videoID: likeVideoID ?? "", trackID: trackID)
            } else {
                .frame(videoID: likeVideoID ?? "", frameNumber: frameNumber ?? 0)
            }
        return try await SearchQuery(table, origin: origin, model: model, filter: filter, limit: limit)
            .search(in: store, defaultModel: embedding.modelName(for: table))
    }

    private static func vectors(
        of image: String, _ embedding: ImageEmbedding, for table: EmbeddingTable
    ) async throws -> [[Float]] {
        let file = try await file(image)
        do throws(Problem) {
            return try await embedding.vectors(of: file, for: table)
        } catch {
            throw AnalyzeFailure(malformed: InputFile.name(image), reason: error.detail).exit()
        }
    }

    private static func vector(in path: String) async throws -> [Float] {
        let text = try await file(path)
        do throws(JSONError) {
            return try SearchQuery.vector(try JSON(parsing: text).node)
        } catch {
            throw AnalyzeFailure(malformed: InputFile.name(path), reason: "\(error)").exit()
        }
    }

    private static func file(_ path: String) async throws -> [UInt8] {
        do throws(AnalyzeFailure) {
            return try await OwnThread.run { Result { () throws(AnalyzeFailure) in try InputFile.read(path) } }
        } catch {
            throw error.exit()
        }
    }
}
