import PostgreSQL
import Testing

struct PostgreSQLQueryTests {
    @Test func everyTypeOfParameterComesBack() async throws {
        try await withPool { pool in
            let text = "it's \"한국\" \\ \n 🎬"
            let bytes = [UInt8](0...255)
            let result = try await pool.query(
                """
                SELECT $1::text AS text, $2::bigint AS integer, $3::float8 AS double, $4::bool AS bool,
                    $5::bytea AS bytes, $6::text AS nothing, $7::bytea AS no_bytes, '{1,-2.5}'::real[] AS reals,
                    '{}'::real[] AS no_reals,
                    $8::float8 AS infinity, $9::text AS empty
                """,
                [
                    .text(text), .integer(.min), 0.1, true, .bytes(bytes), nil, .bytes([]), .double(-.infinity), "",
                ])
            let row = try #require(result.rows.first)
            #expect(try row.string("text") == text)
            #expect(try row.int64("integer") == .min)
            #expect(try row.double("double") == 0.1)
            #expect(try row.bool("bool"))
            #expect(try row.bytes("bytes") == bytes)
            #expect(try row.optionalString("nothing") == nil)
            #expect(try row.bytes("no_bytes") == [])
            #expect(try row.floats("reals") == [1, -2.5])
            #expect(try row.floats("no_reals") == [])
            #expect(try row.double("infinity") == -.infinity)
            #expect(try row.string("empty") == "")
        }
    }

    @Test func readingAnotherTypeNullOrNoColumnNamesTheColumn() async throws {
        try await withPool { pool in
            let row = try #require(try await pool.query("SELECT 'x' AS word, NULL AS nothing").rows.first)
            for read in [
                { _ = try row.int("word") }, { _ = try row.double("word") }, { _ = try row.bool("word") },
                { _ = try row.bytes("word") }, { _ = try row.floats("word") }, { _ = try row.string("nothing") },
                { _ = try row.optionalString("absent") },
            ] {
                let error = #expect(throws: PostgreSQLError.self, performing: read)
                #expect(error?.kind == .decoding)
                let text = error?.message ?? ""
                #expect(text.contains("word") || text.contains("nothing") || text.contains("absent"))
            }
        }
    }

    @Test func textWithAZeroByteIsRefusedBeforeItIsSent() async throws {
        try await withPool { pool in
            let error = try await databaseError { try await pool.query("SELECT $1::text", [.text("a\0b")]) }
            #expect(error?.kind == .query)
            #expect(try await pool.query("SELECT 1 AS one").rows.first?.int("one") == 1)
        }
    }

    @Test func errorsTellKindStateAndConstraint() async throws {
        try await withPool { pool in
            try await pool.query("CREATE TABLE point (x int CONSTRAINT x_is_positive CHECK (x > 0))")
            let refused = try await databaseError { try await pool.query("INSERT INTO point VALUES (-1)") }
            #expect(refused?.kind == .constraint)
            #expect(refused?.constraint == "x_is_positive")
            #expect(refused?.sqlState == "23514")
            let wrong = try await databaseError { try await pool.query("SELEC 1") }
            #expect(wrong?.kind == .query)
            #expect(wrong?.sqlState == "42601")
            let slow = try await databaseError {
                try await pool.withTransaction { connection in
                    try await connection.execute("SET LOCAL statement_timeout = '20ms'")
                    try await connection.query("SELECT pg_sleep(60)")
                }
            }
            #expect(slow?.kind == .timedOut)
        }
    }

    @Test func affectedRowsAreCounted() async throws {
        try await withPool { pool in
            try await pool.query("CREATE TABLE numbers AS SELECT generate_series(1, 10) AS number")
            let deleted = try await pool.query("DELETE FROM numbers WHERE number > $1", [4])
            #expect(deleted.affectedRows == 6)
            #expect(deleted.rows.isEmpty)
        }
    }

    @Test func copyStatementAsAQueryIsAnErrorAndThePoolGoesOn() async throws {
        try await withPool(size: 1) { pool in
            for statement in ["COPY (SELECT 1) TO STDOUT", "COPY pg_database FROM STDIN"] {
                let error = try await databaseError { try await pool.query(statement) }
                #expect(error?.kind == .query)
            }
            #expect(try await pool.query("SELECT 1 AS one").rows.count == 1)
        }
    }
}
