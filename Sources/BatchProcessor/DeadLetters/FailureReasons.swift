import AnalysisAPI
import HTTP
import JSON

/// Asks analysis-service why a video's analysis failed.
struct FailureReasons: Sendable {
    struct Reason: Sendable, Hashable {
        let text: String
        /// A sentence on what to do; nil where the service has none.
        let advice: String?

        init(_ text: String, advice: String? = nil) {
            self.text = text
            self.advice = advice
        }
    }

    let http: HTTPClient
    let endpoint: ServiceEndpoint
    let token: String?
    /// Nil when it is not known which bucket is read.
    let bucket: String?

    /// What the video's newest analysis says, or why there is nothing to say.
    func reason(for request: AnalyzeRequest) async -> Reason {
        if let bucket, request.bucket != bucket {
            let code = ProblemCode.bucketNotAllowed
            return Reason("\(code.rawValue): S3_BUCKET_RAW is \(bucket)", advice: code.advice)
        }
        var headers = HTTPHeaders()
        if let token { headers.set("X-Internal-Token", token) }
        let id = request.videoID ?? Self.videoID(ofKey: request.key)
        let call = HTTPRequest(
            url: endpoint.url("/videos/" + Self.percentEncoded(id)), headers: headers, maximumResponseBytes: 1 << 20)
        let response: HTTPResponse
        do {
            response = try await http.send(call)
        } catch {
            return Reason("unknown: analysis-service cannot be reached: \(error)")
        }
        if response.status == 404 {
            return Reason("unknown: no analysis of \(id) is stored; is the object there?")
        }
        guard response.status == 200 else { return Reason("unknown: \(ServiceProblem(response).reason)") }
        do {
            let video = try JSON(parsing: response.body).node
            let error = video["analysis"]["error"]
            guard error.exists else { return Reason("the video is \(try video["status"].string())") }
            return Reason(
                "\(try error["code"].string()): \(try error["detail"].string())",
                advice: try error["advice"].optionalString())
        } catch {
            return Reason("unknown: the answer of \(call.url) cannot be read: \(error)")
        }
    }

    /// The id under which the service stores a video that brings none.
    static func videoID(ofKey key: String) -> String {
        var id = key[...]
        if id.hasPrefix("videos/") { id = id.dropFirst("videos/".count) }
        if id.hasSuffix(".mp4") { id = id.dropLast(".mp4".count) }
        return String(id)
    }

    /// One path segment (RFC 3986, 2.3): all but unreserved characters encoded.
    static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
