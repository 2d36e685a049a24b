import AnalysisAPI
import Foundation
import Logging
import PostgreSQL
import TestSupport

@testable import AnalysisService

/// A store on a database of the test's own, and what a test does with it again and again.
struct StoreFixture: Sendable {
    let store: AnalysisStore
    let pool: PostgreSQLPool
    let folder: URL
    let databaseURL: String

    static let video = StoredVideo(
        duration: 12.5, width: 640, height: 480, fps: 25, codec: "h264", container: "mov,mp4", rotation: -90,
        hasAudio: true)

    static func source(
        _ key: String = "videos/test-001.mp4", etag: String = "etag-1", version: String? = nil,
        sequencer: String? = nil, videoID: String? = nil
    ) -> SourceObject {
        SourceObject(
            bucket: "raw", key: key, versionID: version, etag: etag, sequencer: sequencer, size: 1000,
            requestedVideoID: videoID)
    }

    func claim(
        _ source: SourceObject = StoreFixture.source(), fingerprint: String = "f1", force: Bool = false,
        owner: String = "a", leaseSeconds: Int = 600, hasSlot: Bool = true
    ) async throws -> ClaimOutcome {
        try await store.claim(
            source, fingerprint: fingerprint, force: force, owner: owner, leaseSeconds: leaseSeconds, hasSlot: hasSlot)
    }

    /// Claims what must be free to be claimed.
    func claimed(
        _ source: SourceObject = StoreFixture.source(), fingerprint: String = "f1", force: Bool = false,
        owner: String = "a", leaseSeconds: Int = 600
    ) async throws -> AnalysisClaim {
        let outcome = try await claim(
            source, fingerprint: fingerprint, force: force, owner: owner, leaseSeconds: leaseSeconds)
        guard case .claimed(let claim) = outcome else { throw Unexpected(description: "not claimed but \(outcome)") }
        return claim
    }

    @discardableResult
    func publish(_ claim: AnalysisClaim, _ spool: SpoolSample = SpoolSample()) async throws -> RowCounts {
        let spoolFolder = folder.appending(path: UUID().uuidString)
        try spool.write(to: spoolFolder, claim)
        return try await publish(claim, folder: spoolFolder)
    }

    func publish(_ claim: AnalysisClaim, folder: URL) async throws -> RowCounts {
        try await store.publish(
            claim, video: Self.video, framesDecoded: 300, framesAnalysed: 60, spoolFolder: folder.path)
    }

    /// How many rows of the video each table holds, in the order of the tables.
    func rowCounts(_ videoID: String = "test-001") async throws -> [Int] {
        var counts: [Int] = []
        for table in SpoolTable.allCases {
            let rows = try await pool.query(
                "SELECT count(*) AS count FROM \(table.rawValue) WHERE video_id = $1", [.text(videoID)]
            ).rows
            counts.append(try rows.first?.int("count") ?? -1)
        }
        return counts
    }

    func record(_ claim: AnalysisClaim) async throws -> AnalysisRecord {
        guard let record = try await store.analysis(id: claim.analysisID) else {
            throw Unexpected(description: "analysis \(claim.analysisID) is gone")
        }
        return record
    }

    func videoStatus(_ id: String = "test-001") async throws -> String? {
        try await store.video(id: id)?.status
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
}

/// Lends a store on a new database with the schema of this version.
///
/// - Parameter serverOptions: The sessions' settings, as `-c name=value`.
func withStore<Result>(
    exactSearchLimit: Int = 20_000, serverOptions: String? = nil, _ body: (StoreFixture) async throws -> Result
) async throws -> Result {
    try await TestDatabase.withDatabase { url in
        try await TestPaths.withFolder { folder in
            var logger = Logger(label: "test.store")
            logger.logLevel = .warning
            let pool = PostgreSQLPool(size: 6, logger: logger) {
                var configuration = try PostgreSQLConfiguration(url: url)
                configuration.parameters["options"] = serverOptions
                return configuration
            }
            let store = AnalysisStore(pool: pool, logger: logger, exactSearchLimit: exactSearchLimit)
            do {
                try await AnalysisSchema.migrator(logger: logger).migrate(pool)
                let result = try await body(StoreFixture(store: store, pool: pool, folder: folder, databaseURL: url))
                await pool.close()
                return result
            } catch {
                await pool.close()
                throw error
            }
        }
    }
}

/// Runs a closure that must throw an error of the store, and returns it.
func storeError(_ body: () async throws -> Void) async throws -> StoreError? {
    do {
        try await body()
        return nil
    } catch let error as StoreError {
        return error
    }
}
