import AWS
import AnalysisAPI

/// Whether an object may be analysed, by what S3 tells of it without its content.
struct ObjectCheck: Sendable {
    let settings: CoordinatorSettings
    let s3: S3Client

    func source(of request: AnalyzeRequest) async throws(Problem) -> SourceObject {
        guard request.bucket == settings.bucket else {
            throw Problem(
                code: .bucketNotAllowed,
                detail: "This service analyses objects of \(settings.bucket), not of \(request.bucket).")
        }
        let name = "s3://\(request.bucket)/\(request.key)"
        let object: S3Object
        do throws(AWSError) {
            object = try await s3.head(bucket: request.bucket, key: request.key, versionID: request.versionID)
        } catch {
            guard error.status == 400, let version = request.versionID else {
                throw Problem(readingS3: error, object: name)
            }
            let told = await refusal(of: version, in: request) ?? error
            guard told.code != "InvalidArgument" else {
                throw Problem(code: .badRequest, detail: "version_id: S3 has no versions like \"\(version)\".")
            }
            throw Problem(readingS3: told, object: name)
        }
        // S3 says quoted, people and events say either.
        if let etag = request.etag?.filter({ $0 != "\"" }), etag != object.etag {
            throw Problem(
                code: .objectChanged, detail: "\(name) has the entity tag \(object.etag) by now, not \(etag).")
        }
        if let refusal = settings.refusal(ofSize: object.size, object: name) { throw refusal }
        return SourceObject(
            bucket: request.bucket, key: request.key, versionID: object.versionID ?? request.versionID,
            etag: object.etag, sequencer: request.sequencer, size: object.size, requestedVideoID: request.videoID,
            isCurrent: request.versionID == nil || request.sequencer != nil)
    }

    /// S3 answers 400 for text that cannot be a version, and for credentials that have expired; only the body says
    /// which, and an answer to `HEAD` has none.
    private func refusal(of version: String, in request: AnalyzeRequest) async -> AWSError? {
        do throws(AWSError) {
            _ = try await s3.get(bucket: request.bucket, key: request.key, versionID: version, maximumBytes: 64 << 10)
            return nil
        } catch {
            return error
        }
    }
}

extension CoordinatorSettings {
    /// Why an object of this size is not analysed, whatever is in it; nil when it may be.
    /// - Parameters:
    ///   - size: bytes.
    ///   - object: for people, `s3://bucket/key`.
    func refusal(ofSize size: Int64, object: String) -> Problem? {
        if size <= 0 { return Problem(code: .notAVideo, detail: "\(object) is empty.") }
        guard size > maximumVideoBytes else { return nil }
        return Problem(
            code: .tooLarge, detail: "\(object) has \(size) bytes; at most \(maximumVideoBytes) are allowed.")
    }
}

extension Problem {
    /// - Parameter object: for people, `s3://bucket/key`.
    init(readingS3 error: AWSError, object: String) {
        switch error.kind {
        case .notFound: self.init(code: .objectNotFound, detail: "\(object) does not exist.")
        case .preconditionFailed:
            self.init(code: .objectChanged, detail: "\(object) was replaced while it was read.")
        case .cancelled: self = .givenBack
        case .file where error.message.contains("disk full"):
            self.init(code: .workFolderFull, detail: "The work folder has no room for \(object).")
        case .file: self.init(code: .internalError, detail: "The work folder cannot be written: \(error.message)")
        case .accessDenied where error.code == nil || error.code == "AccessDenied":
            // Without s3:ListBucket a missing object is answered so as well.
            self.init(
                code: .s3Error,
                detail: "Access to \(object) was denied: it is missing, or s3:GetObject or s3:ListBucket is.")
        default: self.init(code: .s3Error, detail: "\(object) cannot be read: \(error)", retryAfterSeconds: 10)
        }
    }

    /// The analysis ended without a result because the service that ran it stopped or lost it.
    static let givenBack = Problem(
        code: .stopping, detail: "The analysis was given back by the service that ran it: ask again.",
        retryAfterSeconds: 1)
}
