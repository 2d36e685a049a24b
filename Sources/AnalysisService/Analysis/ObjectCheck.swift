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
            throw Problem(readingS3: error, object: name)
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
