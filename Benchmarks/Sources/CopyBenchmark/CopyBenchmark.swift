import Foundation
import Logging
import PostgreSQL

/// Measures how fast rows are written as spool files and loaded by COPY, through the code that the service uses, into
/// the tables of its own schema. `FRAMELAKE_TEST_DATABASE_URL` names a server on which it may create a database.
@main
enum CopyBenchmark {
    private static let eventCount = 100_000
    private static let embeddingCount = 20_000
    private static let indexedEmbeddingCount = 500
    private static let dimensions = 512
    private static let model = "benchmark-512"

    static func main() async throws {
        guard let server = ProcessInfo.processInfo.environment["FRAMELAKE_TEST_DATABASE_URL"] else {
            throw BenchmarkError(
                description: "FRAMELAKE_TEST_DATABASE_URL is not set: eval \"$(scripts/stack test-env)\" first")
        }
        let name = "benchmark_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        var configuration = try PostgreSQLConfiguration(url: server)
        configuration.statementTimeoutSeconds = 0
        let administration = pool(configuration)
        try await administration.query("CREATE DATABASE \(name)")
        configuration.database = name
        let pool = pool(configuration)
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result: Result<Void, any Error>
        do {
            result = .success(try await measure(pool, folder))
        } catch {
            result = .failure(error)
        }
        await pool.close()
        try FileManager.default.removeItem(at: folder)
        try await administration.query("DROP DATABASE \(name) WITH (FORCE)")
        await administration.close()
        try result.get()
    }

    private static func measure(_ pool: PostgreSQLPool, _ folder: URL) async throws {
        let schema = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Library/AnalysisService/Database/Migrations/V0001__initial_schema.sql")
        try await pool.withConnection { connection in
            try await connection.execute(try String(contentsOf: schema, encoding: .utf8))
        }
        let analysis = try await makeAnalysis(pool)
        let events = folder.appending(path: "apps_db_event.copy")
        let embeddings = folder.appending(path: "frame_embeddings.copy")
        let fewEmbeddings = folder.appending(path: "few_embeddings.copy")
        try timed("events written to the spool", rows: eventCount) { try writeEvents(to: events, analysis) }
        try timed("512-d embeddings made and written to the spool", rows: embeddingCount) {
            try writeEmbeddings(embeddingCount, to: embeddings, analysis)
        }
        try writeEmbeddings(indexedEmbeddingCount, to: fewEmbeddings, analysis)

        try await load("events loaded, with the schema's indexes", events, Self.events, eventCount, pool)
        try await load("512-d embeddings loaded, with its indexes", embeddings, Self.embeddings, embeddingCount, pool)
        try await dropIndexes(pool)
        try await load("events loaded, without index", events, Self.events, eventCount, pool)
        try await load("512-d embeddings loaded, without index", embeddings, Self.embeddings, embeddingCount, pool)
        let start = ContinuousClock.now
        try await pool.query(
            """
            CREATE INDEX embedding_hnsw ON frame_embeddings
            USING hnsw ((embedding::vector(\(dimensions))) vector_l2_ops)
            WITH (ef_construction = 400) WHERE model = '\(model)'
            """)
        print("HNSW index over \(embeddingCount) 512-d embeddings made in \(seconds(since: start)) s")
        try await load(
            "512-d embeddings loaded into the HNSW index", fewEmbeddings, Self.embeddings, indexedEmbeddingCount, pool)
        print("peak memory of this process \(peakMemoryMegabytes()) MB")
    }

    // MARK: Rows

    private struct Table {
        let name: String
        let columns: [String]
    }

    private static let events = Table(
        name: "apps_db_event",
        columns: [
            "video_id", "analysis_id", "frame_number", "timestamp", "track_id", "class_id", "class_name", "confidence",
            "bbox", "interpolated",
        ])
    private static let embeddings = Table(
        name: "frame_embeddings",
        columns: ["video_id", "analysis_id", "frame_number", "timestamp", "model", "embedding"])

    private static func makeAnalysis(_ pool: PostgreSQLPool) async throws -> Int64 {
        try await pool.query(
            """
            INSERT INTO apps_db_video (video_id, title, s3_bucket, s3_key)
            VALUES ('benchmark', 'benchmark', 'bucket', 'key')
            """)
        let row = try await pool.query(
            """
            INSERT INTO apps_db_videoanalysis (video_id, fingerprint, s3_etag, file_size)
            VALUES ('benchmark', 'f', 'e', 0) RETURNING analysis_id
            """
        ).rows.first
        guard let row else { throw BenchmarkError(description: "the analysis has no row") }
        return try row.int64("analysis_id")
    }

    private static func writeEvents(to file: URL, _ analysis: Int64) throws {
        try write(eventCount, to: file) { encoder, number in
            encoder.startRow(fields: events.columns.count)
            encoder.text("benchmark")
            encoder.int8(analysis)
            encoder.int8(Int64(number / 8))
            encoder.float8(Double(number / 8) / 25)
            encoder.int4(Int32(number % 8 + 1))
            encoder.int4(0)
            encoder.text("person")
            encoder.float4(0.75)
            encoder.realArray([Float(number % 640), 20, Float(number % 640) + 40, 120])
            encoder.bool(false)
        }
    }

    private static func writeEmbeddings(_ count: Int, to file: URL, _ analysis: Int64) throws {
        var random = SplitMix64(state: 1)
        // The second file's frames follow those of the first.
        let offset = count == embeddingCount ? 0 : embeddingCount
        try write(count, to: file) { encoder, number in
            var vector = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for index in vector.indices { vector[index] /= norm }
            encoder.startRow(fields: embeddings.columns.count)
            encoder.text("benchmark")
            encoder.int8(analysis)
            encoder.int8(Int64(offset + number))
            encoder.float8(Double(number) / 25)
            encoder.text(model)
            encoder.vector(vector)
        }
    }

    private static func write(
        _ count: Int, to file: URL, _ addRow: (inout BinaryCopyEncoder, Int) -> Void
    ) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw BenchmarkError(description: "\(file.path) cannot be made")
        }
        let handle = try FileHandle(forWritingTo: file)
        var encoder = BinaryCopyEncoder()
        for number in 0..<count {
            addRow(&encoder, number)
            if encoder.buffer.count > 1 << 18 { try handle.write(contentsOf: Data(encoder.take())) }
        }
        encoder.finish()
        try handle.write(contentsOf: Data(encoder.take()))
        try handle.close()
    }

    // MARK: Loading

    /// The best of three: each replaces the rows before, but for the last.
    private static func load(
        _ what: String, _ file: URL, _ table: Table, _ count: Int, _ pool: PostgreSQLPool
    ) async throws {
        var best = Double.infinity
        let rounds = table.name == embeddings.name && count == indexedEmbeddingCount ? 1 : 3
        for _ in 0..<rounds {
            if rounds > 1 { try await pool.query("TRUNCATE \(table.name)") }
            let start = ContinuousClock.now
            try await pool.withTransaction { connection in
                _ = try await connection.copy(into: table.name, columns: table.columns, fromBinaryFile: file.path)
            }
            best = min(best, seconds(since: start))
        }
        report(what, rows: count, seconds: best)
    }

    /// Foreign keys and checks stay; only what is not needed by a constraint, or keeps rows unique, goes.
    private static func dropIndexes(_ pool: PostgreSQLPool) async throws {
        try await pool.withConnection { connection in
            try await connection.execute(
                """
                ALTER TABLE apps_db_event DROP CONSTRAINT event_pkey;
                DROP INDEX event_video_frame, event_video_track, event_class_video_time;
                ALTER TABLE frame_embeddings DROP CONSTRAINT frame_embeddings_pkey;
                ALTER TABLE frame_embeddings DROP CONSTRAINT frame_embeddings_are_unique;
                DROP INDEX frame_embeddings_model_video_time
                """)
        }
    }

    // MARK: Measuring

    private static func timed(_ what: String, rows: Int, _ body: () throws -> Void) rethrows {
        let start = ContinuousClock.now
        try body()
        report(what, rows: rows, seconds: seconds(since: start))
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        ((ContinuousClock.now - start) / .milliseconds(1)).rounded() / 1000
    }

    private static func report(_ what: String, rows: Int, seconds: Double) {
        print("\(what): \(rows) rows in \(seconds) s, \(Int(Double(rows) / max(seconds, 0.001))) a second")
    }

    private static func peakMemoryMegabytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) >> 10
    }

    private static func pool(_ configuration: PostgreSQLConfiguration) -> PostgreSQLPool {
        PostgreSQLPool(size: 1, logger: Logger(label: "benchmark")) { configuration }
    }
}

/// The same vectors in each run (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}
