import FoundationEssentials

/// An access key. Printing it shows the key's id alone.
package struct AWSCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var accessKeyID: String
    package var secretAccessKey: String
    package var sessionToken: String?
    /// Nil for keys that do not expire.
    package var expiration: Date?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    package var description: String { "AWSCredentials(\(accessKeyID))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

/// A source of credentials. It is asked before every call, so it must answer from memory as a rule.
package protocol CredentialProvider: Sendable {
    /// - Throws: ``AWSError/Kind/credentials``.
    func credentials() async throws(AWSError) -> AWSCredentials
}

/// Keys that are known from the start: of the environment, of a profile, of a test.
package struct StaticCredentials: CredentialProvider {
    private let value: AWSCredentials

    package init(_ value: AWSCredentials) { self.value = value }

    package func credentials() async throws(AWSError) -> AWSCredentials { value }
}
