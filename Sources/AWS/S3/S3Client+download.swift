import Glibc
import HTTP

extension S3Client {
    /// Downloads one exact version of an object into a new file, by ranged GETs in parallel.
    ///
    /// The space is reserved before the first byte, so that a full disk shows at once. When the call throws, the file
    /// is removed.
    /// - Parameters:
    ///   - etag: without quotes, as ``head(bucket:key:versionID:)`` gave it; every range is asked `If-Match`.
    ///   - size: of that version.
    ///   - onBytes: called with the length of each part once it is in the file, from any thread.
    /// - Throws: ``AWSError/Kind/preconditionFailed`` when the object is another one by now, ``AWSError/Kind/file``
    ///   when the file cannot be written.
    package func download(
        bucket: String, key: String, versionID: String? = nil, etag: String, size: Int64, to path: String,
        partBytes: Int = 8 << 20, concurrency: Int = 4, onBytes: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(AWSError) {
        var request = try request("GetObject", "GET", bucket: bucket, key: key, query: version(versionID))
        request.headers.set("If-Match", "\"\(etag)\"")
        request.limitBySpeed()
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw request.fileError("\(path) cannot be created", errno) }
        var failure: AWSError?
        do throws(AWSError) {
            try reserve(size, in: file, request)
            try await download(request, size: size, to: file, partBytes, concurrency, onBytes)
        } catch {
            failure = error
        }
        if close(file) != 0, failure == nil { failure = request.fileError("\(path) cannot be written", errno) }
        if let failure {
            unlink(path)
            throw failure
        }
    }

    private func reserve(_ size: Int64, in file: Int32, _ request: AWSRequest) throws(AWSError) {
        guard size > 0 else { return }
        let code = posix_fallocate(file, 0, Int(size))
        guard code == 0 else { throw request.fileError("no room for \(size) bytes", code) }
    }

    private func download(
        _ request: AWSRequest, size: Int64, to file: Int32, _ partBytes: Int, _ concurrency: Int,
        _ onBytes: @escaping @Sendable (Int) -> Void
    ) async throws(AWSError) {
        let failure = await withTaskGroup(of: AWSError?.self) { group in
            var starts = stride(from: Int64(0), to: size, by: max(1, partBytes)).makeIterator()
            func addNext() {
                guard let start = starts.next() else { return }
                group.addTask {
                    do throws(AWSError) {
                        let range = start..<min(start + Int64(partBytes), size)
                        try await downloadPart(request, range, of: size, to: file)
                        onBytes(range.count)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for _ in 0..<max(1, concurrency) { addNext() }
            var failure: AWSError?
            while let outcome = await group.next() {
                if failure == nil, let outcome {
                    failure = outcome
                    group.cancelAll()
                } else if failure == nil {
                    addNext()
                }
            }
            return failure
        }
        if let failure { throw failure }
    }

    private func downloadPart(_ request: AWSRequest, _ range: Range<Int64>, of size: Int64, to file: Int32)
        async throws(AWSError)
    {
        let last = range.upperBound - 1
        var request = request
        request.headers.set("Range", "bytes=\(range.lowerBound)-\(last)")
        // An error's document may be longer than a small object.
        request.maximumResponseBytes = max(range.count, 64 << 10)
        let response = try await send(request, to: file, at: range.lowerBound)
        let expected = "bytes \(range.lowerBound)-\(last)/\(size)"
        guard response.status == 206, response.headers["Content-Range"] == expected, response.bodyBytes == range.count
        else {
            throw request.error(
                .invalidResponse,
                "asked for \(expected), got HTTP \(response.status) with \(response.bodyBytes) bytes")
        }
    }
}

extension AWSRequest {
    fileprivate func fileError(_ what: String, _ code: Int32) -> AWSError {
        let isFull = code == ENOSPC || code == EDQUOT
        return error(.file, "\(what): \(isFull ? "disk full: " : "")\(String(cString: strerror(code)))")
    }
}
