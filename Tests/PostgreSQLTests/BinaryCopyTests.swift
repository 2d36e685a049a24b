import Foundation
import PostgreSQL
import TestSupport
import Testing

struct BinaryCopyTests {
    private static let columns = [
        "small", "number", "big", "single", "double", "flag", "words", "raw", "document", "box", "vector", "nothing",
    ]

    private static func createTable(_ pool: PostgreSQLPool) async throws {
        try await pool.query("CREATE EXTENSION vector")
        try await pool.query(
            """
            CREATE TABLE sample (small smallint, number int, big bigint, single real, double float8, flag bool,
                words text, raw bytea, document jsonb, box real[], vector vector, nothing text)
            """)
    }

    private static func addRow(_ encoder: inout BinaryCopyEncoder, vector: [Float] = [0.5, -0.25]) {
        encoder.startRow(fields: columns.count)
        encoder.int2(-2)
        encoder.int4(.max)
        encoder.int8(.min)
        encoder.float4(0.1)
        encoder.float8(-1e300)
        encoder.bool(true)
        encoder.text("한국 🎬")
        encoder.bytes([0, 255])
        encoder.jsonb(#"{"a": [1, 2]}"#)
        encoder.realArray([1, 2.5])
        encoder.vector(vector)
        encoder.null()
    }

    @Test func everyTypeIsReadBackByTheServer() async throws {
        try await withPool { pool in
            try await Self.createTable(pool)
            var encoder = BinaryCopyEncoder()
            Self.addRow(&encoder)
            encoder.finish()
            let count = try await copy(encoder.buffer, pool)
            #expect(count == 1)
            let row = try #require(try await pool.query("SELECT *, document->'a'->>1 AS second FROM sample").rows.first)
            #expect(try row.int("small") == -2)
            #expect(try row.int("number") == Int(Int32.max))
            #expect(try row.int64("big") == .min)
            #expect(try row.string("single") == "0.1")
            #expect(try row.double("double") == -1e300)
            #expect(try row.bool("flag"))
            #expect(try row.string("words") == "한국 🎬")
            #expect(try row.bytes("raw") == [0, 255])
            #expect(try row.string("second") == "2")
            #expect(try row.floats("box") == [1, 2.5])
            #expect(try row.floats("vector") == [0.5, -0.25])
            #expect(try row.optionalString("nothing") == nil)
        }
    }

    @Test func emptyArrayAndNoRowsAreFine() async throws {
        try await withPool { pool in
            try await pool.query("CREATE TABLE sample (box real[])")
            var encoder = BinaryCopyEncoder()
            encoder.startRow(fields: 1)
            encoder.realArray([])
            encoder.finish()
            #expect(try await copy(encoder.buffer, columns: ["box"], pool) == 1)
            #expect(try await pool.query("SELECT box FROM sample").rows.first?.floats("box") == [])
            var empty = BinaryCopyEncoder()
            empty.finish()
            #expect(try await copy(empty.buffer, columns: ["box"], pool) == 0)
        }
    }

    @Test func takingTheBufferInPiecesGivesTheSameFile() {
        var whole = BinaryCopyEncoder()
        var pieces = BinaryCopyEncoder()
        var taken: [UInt8] = []
        for _ in 0..<3 {
            Self.addRow(&whole)
            Self.addRow(&pieces)
            taken += pieces.take()
        }
        whole.finish()
        pieces.finish()
        #expect(taken + pieces.take() == whole.buffer)
        #expect(pieces.buffer.isEmpty)
    }

    @Test func manyChunksArriveWhole() async throws {
        try await withPool { pool in
            try await pool.query("CREATE TABLE sample (id bigint, raw bytea)")
            var encoder = BinaryCopyEncoder()
            for id in 0..<300 {
                encoder.startRow(fields: 2)
                encoder.int8(Int64(id))
                encoder.bytes([UInt8](repeating: UInt8(id % 251), count: 10_007))
            }
            encoder.finish()
            #expect(try await copy(encoder.buffer, columns: ["id", "raw"], pool) == 300)
            let wrong = try await pool.query(
                """
                SELECT count(*) AS count FROM sample
                WHERE raw <> decode(repeat(lpad(to_hex(id % 251), 2, '0'), 10007), 'hex')
                """
            )
            #expect(try wrong.rows.first?.int("count") == 0)
        }
    }

    @Test(arguments: [0, 11, 15, 60, 190])
    func truncatedFileStoresNothing(bytes: Int) async throws {
        try await withPool(size: 1) { pool in
            try await Self.createTable(pool)
            var encoder = BinaryCopyEncoder()
            Self.addRow(&encoder)
            Self.addRow(&encoder)
            let error = try await databaseError { _ = try await copy(Array(encoder.buffer.prefix(bytes)), pool) }
            #expect(error?.kind == .query)
            #expect(try await pool.query("SELECT 1 FROM sample").rows.isEmpty)
        }
    }

    @Test func valuesThatTheTableRefusesStoreNothing() async throws {
        try await withPool(size: 1) { pool in
            try await Self.createTable(pool)
            var encoder = BinaryCopyEncoder()
            Self.addRow(&encoder)
            Self.addRow(&encoder, vector: [.nan, 1])
            encoder.finish()
            let error = try await databaseError { _ = try await copy(encoder.buffer, pool) }
            #expect(error?.kind == .query)
            #expect(try await pool.query("SELECT 1 FROM sample").rows.isEmpty)
        }
    }

    @Test func missingFileIsAFileErrorAndThePoolGoesOn() async throws {
        try await withPool(size: 1) { pool in
            try await Self.createTable(pool)
            for path in ["/no/such/file.copy", "/"] {
                let error = try await databaseError {
                    _ = try await pool.withConnection {
                        try await $0.copy(into: "sample", columns: Self.columns, fromBinaryFile: path)
                    }
                }
                #expect(error?.kind == .file)
                #expect(error?.message.contains(path) == true)
            }
            #expect(try await pool.query("SELECT 1 FROM sample").rows.isEmpty)
        }
    }

    @Test func connectionKilledInTheMiddleStoresNothing() async throws {
        try await withPool(size: 2) { pool in
            try await TestPaths.withFolder { folder in
                try await Self.createTable(pool)
                let pipe = try NamedPipe(in: folder)
                let path = pipe.path
                var encoder = BinaryCopyEncoder()
                for _ in 0..<20 { Self.addRow(&encoder) }
                try pipe.write(encoder.take())
                let copying = Task { try await copy(file: path, pool) }
                let pid = try await eventually("the COPY") { try await copyingSession(pool) }
                try await pool.query("SELECT pg_terminate_backend($1)", [.integer(Int64(pid))])
                try await eventually { try await copyingSession(pool) == nil }
                Self.addRow(&encoder)
                encoder.finish()
                try pipe.write(encoder.take())
                try pipe.finish()
                let error = try await databaseError { _ = try await copying.value }
                #expect(error?.kind == .connection)
                #expect(try await pool.query("SELECT 1 FROM sample").rows.isEmpty)
            }
        }
    }

    @Test func cancelledCopyStoresNothingAndThePoolGoesOn() async throws {
        try await withPool(size: 2) { pool in
            try await TestPaths.withFolder { folder in
                try await Self.createTable(pool)
                let pipe = try NamedPipe(in: folder)
                let path = pipe.path
                var encoder = BinaryCopyEncoder()
                Self.addRow(&encoder)
                try pipe.write(encoder.take())
                let copying = Task { try await copy(file: path, pool) }
                _ = try await eventually("the COPY") { try await copyingSession(pool) }
                copying.cancel()
                encoder.finish()
                try pipe.write(encoder.take())
                try pipe.finish()
                let error = try await databaseError { _ = try await copying.value }
                #expect(error?.kind == .cancelled)
                #expect(try await pool.query("SELECT 1 FROM sample").rows.isEmpty)
            }
        }
    }

    private func copyingSession(_ pool: PostgreSQLPool) async throws -> Int? {
        try await pool.query(
            """
            SELECT pid FROM pg_stat_progress_copy
            WHERE datname = current_database() AND command = 'COPY FROM' AND bytes_processed > 0
            """
        ).rows.first?.int("pid")
    }

    private func copy(
        _ bytes: [UInt8], columns: [String] = BinaryCopyTests.columns, _ pool: PostgreSQLPool
    ) async throws -> Int64 {
        try await TestPaths.withFolder { folder in
            let file = folder.appending(path: "rows.copy")
            try Data(bytes).write(to: file)
            return try await copy(file: file.path, columns: columns, pool)
        }
    }

    private func copy(
        file: String, columns: [String] = BinaryCopyTests.columns, _ pool: PostgreSQLPool
    ) async throws -> Int64 {
        try await pool.withConnection { connection in
            try await connection.copy(into: "sample", columns: columns, fromBinaryFile: file)
        }
    }
}
