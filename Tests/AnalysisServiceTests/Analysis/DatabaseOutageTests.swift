import AWS
import AnalysisAPI
import Foundation
import Logging
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import AnalysisService

/// The database goes away after an analysis has ended and before its rows are stored.
@Suite struct DatabaseOutageTests {
    /// Where the coordinator's pool finds the database, or does not.
    private final class Switch: Sendable {
        private let isOut = Mutex(false)

        func set(out: Bool) { isOut.withLock { $0 = out } }

        func configuration(_ url: String) throws -> PostgreSQLConfiguration {
            try PostgreSQLConfiguration(
                url: isOut.withLock { $0 } ? "postgres://nobody@127.0.0.1:1/none" : url)
        }
    }

    private struct Scene: Sendable {
        let fixture: CoordinatorFixture
        let database: Switch
        let url: String

        /// Breaks the connections that there are, and lets no new one be made.
        func breakDatabase() async throws {
            database.set(out: true)
            try await TestDatabase.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """, on: url)
        }

        /// A child that waits for the test, then ends well with the spool that the test has written.
        func settings() async throws -> CoordinatorSettings {
            let summary = """
                {"summary":{"video":{"width":2,"height":2,"rotation":0,"duration":1,"fps":1,"codec":"h264",\
                "container":"mov","has_audio":false},"frames_decoded":3,"frames_analysed":2,"corrupt_packets":0,\
                "seconds_by_stage":{}}}
                """
            return try await fixture.settings(
                script: """
                    while [ ! -e "\(go.path)" ]; do sleep 0.05; done
                    cp "\(spool.path)"/* "$4"
                    echo '\(summary)'
                    """)
        }

        var go: URL { fixture.store.folder.appending(path: "go") }
        var spool: URL { fixture.store.folder.appending(path: "sample") }

        /// Lets the child end; the rows are those of a claim's sample.
        func endAnalysis(_ status: AnalysisStatus) throws {
            let claim = AnalysisClaim(analysisID: status.analysisID, videoID: status.videoID, attempt: 1, owner: "")
            try SpoolSample().write(to: spool, claim)
            try Data().write(to: go)
        }
    }

    private func with(_ body: (Scene) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { url in
            try await TestPaths.withFolder { folder in
                try await TestAWS.with { aws in
                    var logger = Logger(label: "test.outage")
                    logger.logLevel = .critical
                    let database = Switch()
                    let pool = PostgreSQLPool(size: 4, logger: logger) { try database.configuration(url) }
                    try await AnalysisSchema.migrator(logger: logger).migrate(pool)
                    let store = StoreFixture(
                        store: AnalysisStore(pool: pool, logger: logger), pool: pool, folder: folder, databaseURL: url)
                    let bucket = try await aws.createBucket()
                    let fixture = CoordinatorFixture(store: store, s3: S3Client(aws.client), bucket: bucket)
                    try await fixture.put()
                    try await body(Scene(fixture: fixture, database: database, url: url))
                    await pool.close()
                }
            }
        }
    }

    @Test func rowsAreStoredWhenTheDatabaseIsBack() async throws {
        try await with { scene in
            var settings = try await scene.settings()
            settings.outageSeconds = 600
            try await scene.fixture.running(settings) { coordinator in
                let status = try await coordinator.accepted(scene.fixture.request())
                async let waiting = coordinator.wait(for: status.analysisID)
                try await scene.breakDatabase()
                try scene.endAnalysis(status)
                try await eventually("the end of the child") {
                    try scene.fixture.leftovers().contains { $0.hasSuffix(SpoolTable.objectEmbeddings.fileName) }
                }
                let problem = try await problem { _ = try await coordinator.status(of: status.analysisID) }
                #expect(problem?.code == .databaseUnavailable)
                scene.database.set(out: false)
                #expect(try await waiting.framesDecoded == 3)
                #expect(try await scene.fixture.store.videoStatus() == "COMPLETED")
            }
        }
    }

    @Test func analysisIsGivenUpWhenTheDatabaseStaysAway() async throws {
        try await with { scene in
            var settings = try await scene.settings()
            settings.outageSeconds = 0.2
            try await scene.fixture.running(settings) { coordinator in
                let status = try await coordinator.accepted(scene.fixture.request())
                async let waiting = problem { _ = try await coordinator.wait(for: status.analysisID) }
                try await scene.breakDatabase()
                try scene.endAnalysis(status)
                #expect(try await waiting?.code == .databaseUnavailable)
                #expect(await coordinator.inFlight == 0)
            }
            scene.database.set(out: false)
            #expect(try await scene.fixture.store.rowCounts() == [0, 0, 0, 0, 0, 0])
            #expect(try scene.fixture.leftovers() == [])
        }
    }
}
