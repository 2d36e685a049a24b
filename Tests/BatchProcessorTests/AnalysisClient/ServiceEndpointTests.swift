import Testing

@testable import BatchProcessor

@Suite struct ServiceEndpointTests {
    @Test(arguments: [
        ("http://s:8087", "/analyses/1", "http://s:8087/analyses/1"),
        ("http://s:8087/", "/analyses/1", "http://s:8087/analyses/1"),
        ("http://s:8087/api/", "/api/analyses/1", "http://s:8087/api/analyses/1"),
        ("http://s:8087/api", "analyses/1", "http://s:8087/api/analyses/1"),
        ("http://s:8087", "http://10.0.0.7:9000/analyses/1?x=1", "http://s:8087/analyses/1?x=1"),
        ("https://s", "//evil.example/analyses/1", "https://s/analyses/1"),
        ("https://s", "https://evil.example", "https://s/"),
    ])
    func aLocationIsResolvedAgainstTheEndpoint(_ endpoint: String, _ location: String, _ expected: String) {
        #expect(ServiceEndpoint(endpoint).url(location: location) == expected)
    }

    @Test func pathsFollowTheBase() {
        #expect(ServiceEndpoint("http://s:8087/api/").url("/analyze") == "http://s:8087/api/analyze")
    }
}
