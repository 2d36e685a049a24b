import Foundation
import TestSupport
import Testing

@testable import AnalysisService

@Suite struct WorkFolderTests {
    @Test func folderOfADeadProcessIsRemovedAndALivingOneKept() async throws {
        try await TestPaths.withFolder { root in
            let living = try WorkFolder.open(in: root.path)
            let dead = root.appending(path: "analysis-1-dead")
            try FileManager.default.createDirectory(
                at: dead.appending(path: "7-1/spool"), withIntermediateDirectories: true)
            try Data("video".utf8).write(to: dead.appending(path: "7-1/video"))
            let foreign = root.appending(path: "notes.txt")
            try Data("mine".utf8).write(to: foreign)

            let next = try WorkFolder.open(in: root.path)

            #expect(!FileManager.default.fileExists(atPath: dead.path))
            #expect(FileManager.default.fileExists(atPath: living.path))
            #expect(FileManager.default.fileExists(atPath: foreign.path))
            #expect(next.path != living.path)
            try next.remove()
            #expect(FileManager.default.fileExists(atPath: living.path))
        }
    }

    @Test func processThatDiedWithoutCleaningUpIsSeenAsDead() async throws {
        try await TestPaths.withFolder { root in
            let path = try openAndAbandon(in: root.path)
            #expect(FileManager.default.fileExists(atPath: path))
            _ = try WorkFolder.open(in: root.path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    /// The lock goes with the object, as it does with a process.
    private func openAndAbandon(in root: String) throws -> String {
        try WorkFolder.open(in: root).path
    }

    @Test func folderThatCannotBeMadeIsNamed() async throws {
        let error = #expect(throws: WorkFolder.Failure.self) { try WorkFolder.open(in: "/dev/null/work") }
        #expect(error?.description.contains("/dev/null/work") == true)
    }
}
