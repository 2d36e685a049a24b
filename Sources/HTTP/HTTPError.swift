/// An exchange that brought no complete response. A response with an error status is not an `HTTPError`.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// Name lookup, connection refused, reset, or closed before the end.
        case connection
        case timedOut
        /// Handshake or certificate.
        case tls
        /// The task was cancelled, or the client was shut down.
        case cancelled
        /// The body exceeds ``HTTPRequest/maximumResponseBytes``.
        case tooLarge
        case invalidURL
        /// The file that takes the body could not be written: a full disk, most often.
        case file
        case other
    }

    package var kind: Kind
    /// libcurl's or the system's own words.
    package var message: String
    /// Without query and user information: those may carry signatures and secrets.
    package var url: String

    package init(kind: Kind, message: String, url: String) {
        self.kind = kind
        self.message = message
        self.url = Self.redacted(url)
    }

    package var description: String { "\(message) (\(kind.rawValue), \(url))" }

    private static func redacted(_ url: String) -> String {
        let plain = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
        let authority = plain[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(plain) }
        return plain[..<scheme.upperBound] + String(plain[plain.index(after: at)...])
    }
}
