import CCurl
import Glibc

/// One exchange: an easy handle, what its callbacks collected, and the continuation that waits for it.
///
/// Lives on the ``TransferThread`` alone; the continuation is resumed exactly once, by ``complete(_:)``,
/// ``cancel(_:)`` or ``fail(_:_:)``.
final class Transfer {
    let id: UInt64
    let easy: UnsafeMutableRawPointer

    private let request: HTTPRequest
    private let completion: TransferThread.Completion
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var file: FileDestination?
    private var response = HTTPResponse(status: 0)
    /// Why a callback ended the transfer; libcurl itself only knows that one did.
    private var callbackFailure: HTTPError?

    init(
        id: UInt64, _ request: HTTPRequest, to file: FileDestination?, _ configuration: HTTPClient.Configuration,
        _ completion: TransferThread.Completion
    ) throws(HTTPError) {
        guard let easy = curl_easy_init() else {
            throw HTTPError(kind: .other, message: "libcurl could not create a handle", url: request.url)
        }
        self.id = id
        self.easy = easy
        self.request = request
        self.file = file
        self.completion = completion
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(configuration)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    // MARK: Outcome

    func complete(_ result: CURLcode) {
        if let callbackFailure {
            completion.resume(returning: .failure(callbackFailure))
            return
        }
        guard result == CURLE_OK else {
            let detail = String(cString: errorText)
            fail(Self.kind(of: result), detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail)
            return
        }
        response.status = status
        completion.resume(returning: .success(response))
    }

    func cancel(_ reason: String) {
        fail(.cancelled, reason)
    }

    func fail(_ kind: HTTPError.Kind, _ message: String) {
        completion.resume(returning: .failure(error(kind, message)))
    }

    private func error(_ kind: HTTPError.Kind, _ message: String) -> HTTPError {
        HTTPError(kind: kind, message: message, url: request.url)
    }

    private static func kind(of code: CURLcode) -> HTTPError.Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_GOT_NOTHING,
            CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            .connection
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER:
            .tls
        case CURLE_URL_MALFORMAT: .invalidURL
        default: .other
        }
    }

    // MARK: Options

    private func configure(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else { throw error(.invalidURL, "not an http or https URL") }
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_NOSIGNAL, 1)
        // A cancelled name lookup is left to end by itself: waiting for it would hold up every other transfer.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_NOPROXY, Self.hostsWithoutProxy)
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        if let path = configuration.certificateAuthorityFile { try set(CURLOPT_CAINFO, path) }
        try set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeoutSeconds))
        try set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeoutSeconds))
        if let seconds = request.lowSpeedSeconds {
            try set(CURLOPT_LOW_SPEED_LIMIT, 1024)
            try set(CURLOPT_LOW_SPEED_TIME, seconds)
        }
        try check(ccurl_close_sockets_on_exec(easy))
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try setBody()
        try setHeaders()
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
        try check(
            ccurl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                Transfer.receive(bytes, size * count, context) { transfer, bytes in transfer.receiveBody(bytes) }
            })
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
        try check(
            ccurl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                Transfer.receive(bytes, size * count, context) { transfer, bytes in transfer.receiveHeader(bytes) }
            })
    }

    private func setBody() throws(HTTPError) {
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
            return
        }
        guard let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil) else {
            try set(CURLOPT_HTTPGET, 1)
            if request.method != "GET" { try set(CURLOPT_CUSTOMREQUEST, request.method) }
            return
        }
        try check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // One byte more than is sent, so that an empty body has an address too.
        let code = (body + [0]).withUnsafeBytes { bytes in
            ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        try check(code)
        try set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func setHeaders() throws(HTTPError) {
        var lines: [String] = []
        for (name, value) in request.headers {
            let isToken = !name.isEmpty && name.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ":") }
            guard isToken, !value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
                throw error(.other, "a header field named “\(name)” is not valid")
            }
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // What libcurl would add of itself and a signature would not cover.
        for name in ["Expect", "Content-Type", "Accept"] where request.headers[name] == nil { lines.append("\(name):") }
        for line in lines {
            guard let list = curl_slist_append(headerList, line) else { throw error(.other, "out of memory") }
            headerList = list
        }
        try check(ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(ccurl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try check(ccurl_set_string(easy, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code == CURLE_OK else { throw error(Self.kind(of: code), String(cString: curl_easy_strerror(code))) }
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        seconds >= 1e6 ? 1_000_000_000 : max(1, Int(max(0, seconds) * 1000))
    }

    /// The environment's list and the hosts that no proxy can reach for us: this machine and the metadata services.
    private static let hostsWithoutProxy: String = {
        let listed = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) }
        if listed == "*" { return "*" }
        return ((listed.map { [$0] } ?? []) + ["localhost", "127.0.0.0/8", "::1", "169.254.0.0/16"])
            .joined(separator: ",")
    }()

    // MARK: Callbacks

    /// Hands libcurl's bytes to the transfer. Any count but theirs makes libcurl end the transfer.
    private static func receive(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ take: (Transfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context, let bytes, count > 0 else { return count }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        return take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A new response: what came before was a 1xx.
            response.headers = [:]
        } else if let colon = line.firstIndex(of: ":") {
            response.headers.add(String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...]))
        }
        return true
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= request.maximumResponseBytes - response.bodyBytes else {
            let limit = "the response body exceeds the limit of \(request.maximumResponseBytes) bytes"
            callbackFailure = error(.tooLarge, limit)
            return false
        }
        if let file, 200..<300 ~= status {
            guard write(bytes, to: file) else { return false }
            file.onBytes(bytes.count)
        } else {
            response.body.append(contentsOf: bytes)
        }
        response.bodyBytes += bytes.count
        return true
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to file: FileDestination) -> Bool {
        var written = 0
        while written < bytes.count {
            let position = Int(file.offset) + response.bodyBytes + written
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = pwrite(file.descriptor, rest.baseAddress, rest.count, position)
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                let code = errno
                let cause = (code == ENOSPC || code == EDQUOT ? "disk full: " : "") + String(cString: strerror(code))
                callbackFailure = error(.file, "the response could not be written: \(cause)")
                return false
            }
        }
        return true
    }

    private var status: Int {
        var code = 0
        return ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0
    }
}
