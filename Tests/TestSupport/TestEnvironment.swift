import Foundation

/// The servers that `scripts/test` started, as the environment names them.
package enum TestEnvironment {
    /// A server on which tests may create databases.
    package static var databaseURL: String { get throws { try required("FRAMELAKE_TEST_DATABASE_URL") } }

    /// The AWS emulator.
    package static var awsEndpoint: String { get throws { try required("FRAMELAKE_TEST_AWS_ENDPOINT") } }

    /// A test without its server fails; it is never skipped in silence.
    private static func required(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
        return value
    }

    package struct Missing: Error, CustomStringConvertible {
        let name: String

        package var description: String {
            "\(name) is not set: run scripts/test, or first eval \"$(scripts/stack test-env)\""
        }
    }
}
