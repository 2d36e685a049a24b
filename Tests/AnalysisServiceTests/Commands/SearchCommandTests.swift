import Foundation
import TestSupport
import Testing

/// What `search` says about its files, before it asks the database.
@Suite struct SearchCommandTests {
    @Test func aFileThatCannotBeUsedIsNamed() async throws {
        try await TestPaths.withFolder { folder in
            let missing = folder.appending(path: "missing").path
            let text = folder.appending(path: "text.json").path
            try Data("[1, oops]".utf8).write(to: URL(filePath: text))
            let word = folder.appending(path: "word.json").path
            try Data(#"[1, "two"]"#.utf8).write(to: URL(filePath: word))
            let cases: [([String], Int32, String)] = [
                (["--image", missing], 66, "not_found: \(missing) cannot be read: No such file or directory.\n"),
                (["--vector", missing], 66, "not_found: \(missing) cannot be read: No such file or directory.\n"),
                (["--image", folder.path], 66, "not_found: \(folder.path) cannot be read: Is a directory.\n"),
                (["--vector", text], 65, "bad_request: \(text): "),
                (["--vector", word], 65, "bad_request: \(word): "),
                (["--image", text], 65, "bad_request: \(text): "),
            ]
            var environment = ProcessInfo.processInfo.environment
            environment["DB_SECRET_ARN"] = nil
            // No server is asked: that would be exit code 69.
            environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none?sslmode=disable"
            for (arguments, code, start) in cases {
                let result = try await TestProcess.run(
                    try TestPaths.executable("analysis-service"), ["search"] + arguments, environment: environment)
                #expect(result.ending == .exited(code), "\(arguments): \(result.standardError)")
                #expect(result.standardError.hasPrefix(start), "\(arguments): \(result.standardError)")
                #expect(result.standardOutput == "", "\(arguments)")
            }
        }
    }
}
