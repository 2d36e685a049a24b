import Foundation
import Logging
import PostgreSQL
import TestSupport
import Testing

@testable import AnalysisService

struct AnalysisSchemaTests {
    @Test func everyMigrationFileIsListedInOrder() throws {
        let folder = TestPaths.root.appending(path: "Sources/AnalysisService/Database/Migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let listed = AnalysisSchema.migrations.map { migration in
            "V" + String(repeating: "0", count: 4 - "\(migration.version)".count) + "\(migration.version)__"
                + "\(migration.name).sql"
        }
        #expect(files == listed)
        for (migration, file) in zip(AnalysisSchema.migrations, files) {
            #expect(try String(contentsOf: folder.appending(path: file), encoding: .utf8) == migration.sql)
        }
    }

    @Test func versionIsKnownAfterTheMigration() async throws {
        try await withStore { fixture in
            let version = try await fixture.store.schemaVersion()
            #expect(version == AnalysisSchema.migrations.last?.version)
        }
    }

    @Test func spoolColumnsAreTheTablesInTheirOrder() async throws {
        try await withStore { fixture in
            for table in SpoolTable.allCases {
                let rows = try await fixture.pool.query(
                    """
                    SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position
                    """, [.text(table.rawValue)]
                ).rows
                #expect(try rows.map { try $0.string("column_name") } == ["id"] + table.columns)
            }
        }
    }

    @Test func deletedVideoTakesEverythingWithIt() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/b.mp4")))
            try await fixture.pool.query("DELETE FROM apps_db_video WHERE video_id = 'test-001'")
            #expect(try await fixture.rowCounts() == [0, 0, 0, 0, 0, 0])
            #expect(try await fixture.store.analyses(videoID: "test-001").rows.isEmpty)
            #expect(try await fixture.rowCounts("b") == SpoolSample().counts)
        }
    }

    @Test func renamedVideoKeepsItsRows() async throws {
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed())
            try await fixture.pool.query("UPDATE apps_db_video SET video_id = 'renamed'")
            #expect(try await fixture.rowCounts("renamed") == SpoolSample().counts)
        }
    }

    /// Every statement of the guide is run as it stands there.
    @Test func everyQueryOfTheGuideRuns() async throws {
        let guide = try String(contentsOf: TestPaths.root.appending(path: "docs/sql.md"), encoding: .utf8)
        let blocks = guide.components(separatedBy: "```sql\n").dropFirst().map { block in
            String(block.prefix(upTo: block.range(of: "```")?.lowerBound ?? block.endIndex))
        }
        #expect(blocks.count >= 10)
        try await withStore { fixture in
            try await fixture.publish(try await fixture.claimed(), SpoolSample(frames: 30))
            try await fixture.publish(try await fixture.claimed(StoreFixture.source("videos/test-002.mp4")))
            for block in blocks {
                do {
                    try await fixture.pool.withConnection { try await $0.execute(block) }
                } catch {
                    Issue.record("\(error)\n\(block)")
                }
            }
        }
    }
}
