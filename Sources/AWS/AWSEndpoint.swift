/// Where a service answers.
package struct AWSEndpoint: Sendable, Hashable {
    package var scheme: String
    /// Host, and the port when it is not the scheme's own: what the `Host` header says and the signature covers.
    package var authority: String
    /// Percent-encoded, without a slash at the end; mostly empty.
    package var path: String
    /// Named by the environment instead of derived from the region.
    package var isCustom: Bool

    package var url: String { "\(scheme)://\(authority)\(path)" }

    init(host: String) {
        scheme = "https"
        authority = host
        path = ""
        isCustom = false
    }

    /// - Returns: nil unless the text is an absolute `http` or `https` URL without query, fragment and user.
    init?(parsing url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        let name = rest.prefix { $0 != "/" }
        guard ["http", "https"].contains(scheme), !name.isEmpty,
            !rest.contains(where: { "?#@ ".contains($0) || $0.isNewline })
        else { return nil }
        let defaultPort = scheme == "http" ? ":80" : ":443"
        authority = String(name.hasSuffix(defaultPort) ? name.dropLast(defaultPort.count) : name)
        var path = rest.dropFirst(name.count)
        while path.last == "/" { path.removeLast() }
        self.path = String(path)
        isCustom = true
    }
}
