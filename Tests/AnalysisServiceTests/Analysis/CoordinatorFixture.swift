import AWS
import AnalysisAPI
import Foundation
import Logging
import ServiceLifecycle
import TestSupport

@testable import AnalysisService

/// Coordinators on a database, a bucket and a work folder of the test's own.
struct CoordinatorFixture: Sendable {
    let store: StoreFixture
    let s3: S3Client
    let bucket: String

    static func with(_ body: (CoordinatorFixture) async throws -> Void) async throws {
        try await withStore { store in
            try await TestAWS.with { aws in
                let bucket = try await aws.createBucket()
                try await body(CoordinatorFixture(store: store, s3: S3Client(aws.client), bucket: bucket))
            }
        }
    }

    /// Settings for the real executable, with limits that suit a test.
    func settings() throws -> CoordinatorSettings {
        var settings = CoordinatorSettings(
            bucket: bucket, workFolder: workFolder, executablePath: try TestPaths.executable("analysis-service"))
        settings.analysis.framesPerSecond = 2
        return settings
    }

    /// Settings with a script in the place of the executable.
    ///
    /// Another process writes it: a file that this one has open for writing, if only in a child that another thread has
    /// just forked, cannot be executed.
    func settings(script: String) async throws -> CoordinatorSettings {
        let path = store.folder.appending(path: "child-\(UUID().uuidString)").path
        let write = "printf '%s\\n' '#!/bin/sh' \"$1\" > \"$2\" && chmod 755 \"$2\""
        let written = try await TestProcess.run("/bin/sh", ["-c", write, "sh", script, path])
        guard written.ending == .exited(0) else { throw Unexpected(description: written.standardError) }
        var settings = try settings()
        settings.executablePath = path
        return settings
    }

    var workFolder: String { store.folder.appending(path: "work").path }

    @discardableResult
    func put(_ key: String = "videos/test-001.mp4", _ content: String = "not really a video") async throws -> String {
        try await s3.put(bucket: bucket, key: key, body: Array(content.utf8))
        return key
    }

    func putVideo(_ key: String = "videos/test-001.mp4") async throws {
        let video = try await TestVideo.sample(seconds: 3)
        try await s3.put(bucket: bucket, key: key, body: Array(try Data(contentsOf: URL(filePath: video))))
    }

    func request(_ key: String = "videos/test-001.mp4") -> AnalyzeRequest {
        AnalyzeRequest(bucket: bucket, key: key)
    }

    func coordinator(_ settings: CoordinatorSettings, store: AnalysisStore? = nil) -> AnalysisCoordinator {
        var logger = Logger(label: "test.coordinator")
        logger.logLevel = .critical
        return AnalysisCoordinator(settings: settings, store: store ?? self.store.store, s3: s3, logger: logger)
    }

    /// Runs a coordinator for the length of the closure, and stops it as a signal would.
    func running(
        _ settings: CoordinatorSettings, _ body: @escaping @Sendable (AnalysisCoordinator) async throws -> Void
    ) async throws {
        var settings = settings
        settings.stopGraceSeconds = min(settings.stopGraceSeconds, 0.1)
        try await stopping(settings) { coordinator, _ in try await body(coordinator) }
    }

    /// The closure may stop the coordinator itself.
    func stopping(
        _ settings: CoordinatorSettings,
        _ body: @escaping @Sendable (AnalysisCoordinator, ServiceGroup) async throws -> Void
    ) async throws {
        let coordinator = coordinator(settings)
        var logger = Logger(label: "test.services")
        logger.logLevel = .critical
        let group = ServiceGroup(services: [CoordinatorUnderTest(coordinator: coordinator)], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(coordinator, group))
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    /// What is left of the analyses' files.
    func leftovers() throws -> [String] {
        guard FileManager.default.fileExists(atPath: workFolder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: workFolder).filter { $0 != ".lock" }
    }
}

private struct CoordinatorUnderTest: Service {
    let coordinator: AnalysisCoordinator

    func run() async throws { try await coordinator.run() }
}

extension AnalysisCoordinator {
    /// Submits what must be accepted.
    func accepted(_ request: AnalyzeRequest) async throws -> AnalysisStatus {
        switch try await submit(request) {
        case .accepted(let status): return status
        case .finished(let response): throw Unexpected(description: "finished already: \(response)")
        }
    }
}

/// The problem that the closure throws.
func problem(_ body: () async throws -> Void) async throws -> Problem? {
    do {
        try await body()
        return nil
    } catch let problem as Problem {
        return problem
    }
}
