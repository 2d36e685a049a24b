import FoundationEssentials
import HTTP

/// The role of an ECS task, or of an EKS pod identity, from the endpoint that the container agent names.
///
/// *Container credential provider*, AWS SDKs and Tools Reference Guide.
struct ContainerCredentials: CredentialProvider {
    private let url: String
    private let token: String?
    private let tokenFile: String?
    private let endpoint: CredentialEndpoint

    /// Nil when the environment names no endpoint.
    /// - Throws: ``AWSError/Kind/configuration`` for a URL that would send the token in the clear to another machine.
    init?(environment: [String: String], endpoint: CredentialEndpoint) throws(AWSError) {
        if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw .configuration("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is “\(path)”; expected a path from /")
            }
            url = "http://169.254.170.2\(path)"
        } else if let full = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard Self.isTrusted(full) else {
                throw .configuration(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http on loopback, 169.254.170.2, "
                        + "169.254.170.23 or [fd00:ec2::23]")
            }
            url = full
        } else {
            return nil
        }
        token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        tokenFile = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        self.endpoint = endpoint
    }

    func credentials() async throws(AWSError) -> AWSCredentials {
        var headers: HTTPHeaders = [:]
        if let token = try authorization() { headers.set("Authorization", token) }
        let document = try await endpoint.fetch(url, headers: headers)
        return try CredentialEndpoint.credentials(from: document, of: "the container credentials endpoint")
    }

    /// The file is read each time: the agent replaces it.
    private func authorization() throws(AWSError) -> String? {
        guard let tokenFile else { return token }
        do {
            let text = try String(contentsOfFile: tokenFile, encoding: .utf8)
            return text.split(whereSeparator: \.isWhitespace).joined()
        } catch {
            throw .credentials("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, \(tokenFile), cannot be read: \(error)")
        }
    }

    private static func isTrusted(_ url: String) -> Bool {
        if url.lowercased().hasPrefix("https://") { return true }
        guard url.lowercased().hasPrefix("http://") else { return false }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host: Substring =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback = octets.first == "127" && octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        return isLoopback || ["localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(host)
    }
}
