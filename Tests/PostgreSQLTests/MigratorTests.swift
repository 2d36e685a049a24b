import Logging
import PostgreSQL
import Testing

struct MigratorTests {
    private static let first = Migration(
        version: 1, name: "first", sql: "CREATE TABLE a (x int); CREATE TABLE b (x int)")
    private static let second = Migration(version: 2, name: "second", sql: "ALTER TABLE a ADD y int")

    private func migrator(_ migrations: Migration...) -> Migrator {
        Migrator(migrations: migrations, logger: Logger(label: "test.migrator"))
    }

    @Test func eachStepIsAppliedOnceAndInOrder() async throws {
        try await withPool { pool in
            let before = try await migrator().appliedVersion(pool)
            #expect(before == nil)
            #expect(try await migrator(Self.first).migrate(pool) == [1])
            #expect(try await migrator(Self.second, Self.first).migrate(pool) == [2])
            #expect(try await migrator(Self.first, Self.second).migrate(pool) == [])
            #expect(try await migrator().appliedVersion(pool) == 2)
            #expect(try await pool.query("SELECT x, y FROM a").rows.isEmpty)
        }
    }

    @Test func programsThatStartTogetherTakeTurns() async throws {
        try await withPool(size: 6) { pool in
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<6 {
                    group.addTask { try await migrator(Self.first, Self.second).migrate(pool) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == [1, 2])
        }
    }

    @Test func changedStepIsRefused() async throws {
        try await withPool { pool in
            try await migrator(Self.first).migrate(pool)
            let changed = Migration(version: 1, name: "first", sql: Self.first.sql + " ")
            await #expect(throws: MigrationError.changed(version: 1, name: "first")) {
                try await migrator(changed, Self.second).migrate(pool)
            }
            #expect(try await migrator().appliedVersion(pool) == 1)
        }
    }

    @Test func newerSchemaIsRefused() async throws {
        try await withPool { pool in
            try await migrator(Self.first, Self.second).migrate(pool)
            await #expect(throws: MigrationError.newerSchema(found: 2, known: 1)) {
                try await migrator(Self.first).migrate(pool)
            }
        }
    }

    @Test func failedStepLeavesNothingAndKeepsTheStepsBefore() async throws {
        try await withPool { pool in
            let broken = Migration(version: 2, name: "broken", sql: "CREATE TABLE c (x int); SELECT 1/0")
            let error = await #expect(throws: MigrationError.self) {
                try await migrator(Self.first, broken).migrate(pool)
            }
            guard case .failed(2, "broken", let cause) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(cause.sqlState == "22012")
            let row = try await pool.query("SELECT to_regclass('a')::text AS a, to_regclass('c')::text AS c").rows.first
            #expect(try row?.optionalString("a") == "a")
            #expect(try row?.optionalString("c") == nil)
            #expect(try await migrator().appliedVersion(pool) == 1)
        }
    }
}
