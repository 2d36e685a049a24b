/// The stable names of what can go wrong with a call or an analysis: clients act on them, and they are stored with a
/// failed analysis. A name, once published, keeps its meaning.
package enum ProblemCode: String, CaseIterable, Sendable {
    case badRequest = "bad_request"
    case unauthorized = "unauthorized"
    case bucketNotAllowed = "bucket_not_allowed"
    case objectNotFound = "object_not_found"
    /// No such video, analysis, image or path.
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    /// The request's body did not arrive in time.
    case requestTimedOut = "request_timed_out"
    /// A newer event of the object's key is known by its sequencer: another upload, or its removal.
    case superseded = "superseded"
    case objectChanged = "object_changed"
    case tooLarge = "too_large"
    case notAVideo = "not_a_video"
    case unsupportedCodec = "unsupported_codec"
    case corruptVideo = "corrupt_video"
    case noVideoStream = "no_video_stream"
    case internalError = "internal_error"
    case analysisCrashed = "analysis_crashed"
    case s3Error = "s3_error"
    case atCapacity = "at_capacity"
    case stopping = "stopping"
    case databaseUnavailable = "database_unavailable"
    case downloadTimedOut = "download_timed_out"
    case analysisTimedOut = "analysis_timed_out"
    case publishTimedOut = "publish_timed_out"
    case workFolderFull = "work_folder_full"

    /// The HTTP status of an answer with this code.
    package var status: Int {
        switch self {
        case .badRequest: 400
        case .unauthorized: 401
        case .bucketNotAllowed: 403
        case .objectNotFound, .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimedOut: 408
        case .superseded: 409
        case .objectChanged: 412
        case .tooLarge: 413
        case .notAVideo, .unsupportedCodec: 415
        case .corruptVideo, .noVideoStream: 422
        case .internalError, .analysisCrashed: 500
        case .s3Error: 502
        case .atCapacity, .stopping, .databaseUnavailable: 503
        case .downloadTimedOut, .analysisTimedOut, .publishTimedOut: 504
        case .workFolderFull: 507
        }
    }

    /// One short sentence without a full stop, the same for every occurrence.
    package var title: String {
        switch self {
        case .badRequest: "The request cannot be understood"
        case .unauthorized: "The internal token is missing or wrong"
        case .bucketNotAllowed: "This service does not read that bucket"
        case .objectNotFound: "The object does not exist"
        case .notFound: "There is nothing under this address"
        case .methodNotAllowed: "This address does not take that method"
        case .requestTimedOut: "The request did not arrive in time"
        case .superseded: "A newer event of the object is known"
        case .objectChanged: "The object is not the one that was asked for"
        case .tooLarge: "The video is larger or longer than allowed"
        case .notAVideo: "The object is not a video file"
        case .unsupportedCodec: "The video's codec is not supported"
        case .corruptVideo: "The video is damaged"
        case .noVideoStream: "The file has no video stream"
        case .internalError: "The service failed"
        case .analysisCrashed: "The analysis process crashed"
        case .s3Error: "S3 could not be read"
        case .atCapacity: "All analysis slots are taken"
        case .stopping: "The service is stopping"
        case .databaseUnavailable: "The database cannot be reached"
        case .downloadTimedOut: "The download took too long"
        case .analysisTimedOut: "The analysis took too long"
        case .publishTimedOut: "Storing the rows took too long"
        case .workFolderFull: "The work folder is full"
        }
    }

    /// What the person who reads the error can do.
    package var advice: String {
        switch self {
        case .badRequest: "Compare the request with docs/openapi.yaml."
        case .unauthorized: "Send X-Internal-Token with the value of INTERNAL_TOKEN that the service was started with."
        case .bucketNotAllowed: "Use the bucket of S3_BUCKET_RAW, or start the service with the other one."
        case .objectNotFound: "Check bucket, key and version; upload the video again if it was deleted."
        case .notFound: "GET /videos lists what is stored."
        case .methodNotAllowed: "The Allow header names the methods."
        case .requestTimedOut: "Send it again; on a slow network raise REQUEST_TIMEOUT_SECONDS."
        case .superseded: "Nothing: the newer upload or removal counts. force analyses this one all the same."
        case .objectChanged: "Ask again without etag to analyse the object as it is now."
        case .tooLarge: "Shorten or re-encode the video, or raise MAX_VIDEO_BYTES or MAX_VIDEO_SECONDS."
        case .notAVideo: "Upload a video file; playlists and scripts are not followed."
        case .unsupportedCodec: "Re-encode the video, for instance to H.264 in MP4."
        case .corruptVideo: "Upload the video again; if it stays damaged, re-encode it from its source."
        case .noVideoStream: "Upload a file with a video stream, not audio alone."
        case .internalError: "Look into the service's log for this request; ask again later."
        case .analysisCrashed: "Ask again; if it crashes again, the file is hostile or needs more memory."
        case .s3Error: "Check the service's S3 permissions and network; ask again later."
        case .atCapacity: "Ask again after Retry-After seconds, or raise MAX_CONCURRENT_ANALYSES."
        case .stopping: "Ask again after Retry-After seconds: another replica takes over."
        case .databaseUnavailable: "Check the database and its secret; ask again after Retry-After seconds."
        case .downloadTimedOut: "Check the network to S3, or raise DOWNLOAD_TIMEOUT_SECONDS; ask again later."
        case .publishTimedOut:
            "Look at the database's load and locks, or raise PUBLISH_TIMEOUT_SECONDS; ask again later."
        case .analysisTimedOut: "Shorten the video, lower ANALYSIS_FPS or raise ANALYSIS_TIMEOUT_SECONDS."
        case .workFolderFull: "Free space under WORK_DIR or give it a larger volume; ask again later."
        }
    }

    /// True when asking the same again cannot succeed, whatever the time: the object or the request must change.
    package var isPermanent: Bool {
        switch self {
        case .badRequest, .bucketNotAllowed, .objectNotFound, .notFound, .methodNotAllowed, .superseded, .tooLarge,
            .notAVideo, .unsupportedCodec, .corruptVideo, .noVideoStream:
            true
        case .unauthorized, .requestTimedOut, .objectChanged, .internalError, .analysisCrashed, .s3Error, .atCapacity,
            .stopping, .databaseUnavailable, .downloadTimedOut, .analysisTimedOut, .publishTimedOut, .workFolderFull:
            false
        }
    }
}
