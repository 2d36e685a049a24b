/// An HTTP/1.1 client over libcurl's multi interface: one thread drives every transfer and keeps connections alive.
///
/// Redirects are not followed, cookies and `.netrc` are not read, and only `http` and `https` are spoken. The proxy
/// variables of the environment apply, except for loopback and link-local hosts. Cancelling the calling task ends
/// its transfer.
///
/// Call ``shutdown()`` when done with the client. Without it the thread is stopped when the last reference goes, or
/// at the end of the process.
package final class HTTPClient: Sendable {
    package struct Configuration: Sendable {
        /// PEM file of trusted certificates instead of the system's.
        package var certificateAuthorityFile: String?
        package var userAgent: String

        package init(certificateAuthorityFile: String? = nil, userAgent: String = "framelake") {
            self.certificateAuthorityFile = certificateAuthorityFile
            self.userAgent = userAgent
        }
    }

    private let thread: TransferThread

    package init(_ configuration: Configuration = .init()) {
        thread = TransferThread(configuration)
    }

    deinit {
        thread.stop()
        thread.join()
    }

    /// Sends the request and collects the body. A response of any status is a result, not an error.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await thread.transfer(request, to: nil).get()
    }

    /// Sends the request and writes the body of a 2xx response to the file, from `offset` on, as it arrives.
    ///
    /// The descriptor stays the caller's and must be open until the call returns; any number of calls may write to
    /// one file at once. The body of another status is in the response's `body`.
    /// - Parameter onBytes: called on the client's thread after each write; it must return at once.
    /// - Throws: ``HTTPError/Kind/file`` when a write fails, with the system's reason.
    package func download(
        _ request: HTTPRequest, to fileDescriptor: Int32, at offset: Int64,
        onBytes: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(HTTPError) -> HTTPResponse {
        let file = FileDestination(descriptor: fileDescriptor, offset: offset, onBytes: onBytes)
        return try await thread.transfer(request, to: file).get()
    }

    /// Ends the transfers in flight with ``HTTPError/Kind/cancelled`` and joins the thread. Later calls fail at once.
    package func shutdown() async {
        thread.stop()
        await thread.finished()
        thread.join()
    }
}

/// Where a streamed body goes.
struct FileDestination: Sendable {
    var descriptor: Int32
    var offset: Int64
    var onBytes: @Sendable (Int) -> Void
}
