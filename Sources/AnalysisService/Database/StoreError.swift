import PostgreSQL

/// What the store refuses.
enum StoreError: Error, Sendable, Hashable {
    /// Another attempt, or a deletion, took the analysis away: nothing of this one may be stored.
    case fenced
    /// A newer object of the key was stored meanwhile; the analysis is marked as failed with `superseded`.
    case superseded(videoID: String)
    /// The id belongs to another object.
    case videoIDTaken(videoID: String, bucket: String, key: String)
    case invalidVideoID(String)
    /// A page's `after` is not a cursor that the same list gave out.
    case badCursor
    /// No vector of the model is stored.
    case unknownModel(String)
    case dimensionMismatch(model: String, expected: Int, found: Int)
    /// The rows that the analysis left cannot be stored: a missing file, or values that the schema refuses.
    case badSpool(table: String, reason: String)
    case database(PostgreSQLError)
}

extension StoreError: CustomStringConvertible {
    var description: String {
        switch self {
        case .fenced: "another attempt took over the analysis"
        case .superseded(let videoID): "a newer object of video \(videoID) was stored meanwhile"
        case .videoIDTaken(let videoID, let bucket, let key):
            "the video id \(videoID) belongs to another object, s3://\(bucket)/\(key): name another video_id"
        case .invalidVideoID(let reason): "the video id cannot be used: \(reason)"
        case .badCursor: "the page's cursor is not one that this list gave out"
        case .unknownModel(let model): "no vector of the model \(model) is stored"
        case .dimensionMismatch(let model, let expected, let found):
            "vectors of the model \(model) have \(expected) elements, not \(found)"
        case .badSpool(let table, let reason): "the rows of \(table) cannot be stored: \(reason)"
        case .database(let error): "\(error)"
        }
    }
}
