import AnalysisAPI
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import AnalysisService

@Suite struct RequestPartsTests {
    private func request(_ path: String, _ headers: HTTPFields = [:]) -> Request {
        Request(
            head: HTTPTypes.HTTPRequest(method: .get, scheme: nil, authority: nil, path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
    }

    @Test(
        arguments: [
            ("a%2Fb", "a/b"), ("%ED%95%9C", "한"), ("a+b", "a+b"), ("100%25", "100%"), ("", ""),
            ("%2", nil), ("%zz", nil), ("%", nil), ("%ff", nil), ("a%00b", nil), ("%C0%AF", nil),
        ] as [(String, String?)])
    func segmentsAreDecodedOnceAndStrictly(text: String, expected: String?) {
        #expect(text.percentDecoded() == expected)
    }

    @Test(arguments: ["a/b", "한 글", "100%", "a+b&c=d?e#f", "plain-._~09AZaz", "'()*!"])
    func anEncodedSegmentComesBackTheSame(text: String) {
        let encoded = text.percentEncodedSegment
        #expect(!encoded.contains("/") && encoded.utf8.allSatisfy { $0 < 0x80 })
        #expect(encoded.percentDecoded() == text)
    }

    @Test func valuesOfAQueryAreDecodedAsFormsWriteThem() throws {
        let query = try QueryParameters(request("/x?a=one+two&b=1%2B1"), allowed: ["a", "b", "c"])
        #expect(try query.text("a") == "one two")
        #expect(try query.text("b") == "1+1")
        #expect(try query.text("c") == nil)
    }

    @Test(arguments: [
        ("respond-async", true), ("Respond-Async", true), ("respond-async, wait=10", true),
        ("wait=10;respond-async", true), ("return=minimal", false), ("respond-asynchronously", false), ("", false),
    ])
    func preferenceIsRead(header: String, isAsynchronous: Bool) {
        var headers = HTTPFields()
        headers.set(header, named: "Prefer")
        #expect(request("/", headers).prefersAsynchronousAnswer == isAsynchronous)
    }

    @Test(arguments: [
        ("\"7\"", true), ("W/\"7\"", true), ("\"6\", \"7\"", true), ("*", true), ("\"70\"", false), ("7", false),
    ])
    func entityTagsAreCompared(header: String, hasCopy: Bool) {
        #expect(request("/", [.ifNoneMatch: header]).hasCopy(withEntityTag: "\"7\"") == hasCopy)
    }

    @Test(arguments: [
        ("/videos/a/events", true), ("/videos/a%2Fb/events", true), ("/videos/a/b/events", false), ("/videos", false),
    ])
    func aTemplateMatchesPathsWithAsManySegments(path: String, matches: Bool) {
        let endpoint = Endpoint(.get, "/videos/{video_id}/events", "x", problems: []) { _, _ in Response(status: .ok) }
        #expect(endpoint.matches(path: path) == matches)
    }
}
