/// Where analysis-service is.
struct ServiceEndpoint: Sendable, Hashable {
    /// Without a slash at the end.
    let base: String
    /// Scheme and authority of the base.
    let origin: String

    init(_ url: String) {
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        self.base = String(base)
        let scheme = base.firstRange(of: "://")
        let authority = base[(scheme?.upperBound ?? base.startIndex)...].prefix { $0 != "/" }
        origin = String(base[..<authority.endIndex])
    }

    func url(_ path: String) -> String { base + path }

    /// The address that a `Location` header names (RFC 9110, 10.2.2), always at this endpoint.
    ///
    /// Of an absolute one only path and query count: behind a load balancer the service may know itself by another
    /// name, and the token goes to no other host.
    func url(location: String) -> String {
        var path = location[...]
        if let scheme = location.firstRange(of: "://") {
            path = location[scheme.upperBound...].drop { $0 != "/" }
        } else if location.hasPrefix("//") {
            path = location.dropFirst(2).drop { $0 != "/" }
        }
        return path.hasPrefix("/") ? origin + path : base + "/" + path
    }
}
