import FoundationEssentials

/// What S3 knows of an object without its content.
package struct S3Object: Sendable, Hashable {
    /// Bytes.
    package var size: Int64
    /// Without its quotes.
    package var etag: String
    /// Nil in a bucket without versioning.
    package var versionID: String?
    package var contentType: String?
    package var lastModified: Date?

    package init(
        size: Int64, etag: String, versionID: String? = nil, contentType: String? = nil, lastModified: Date? = nil
    ) {
        self.size = size
        self.etag = etag
        self.versionID = versionID
        self.contentType = contentType
        self.lastModified = lastModified
    }
}

/// One page of a listing, in the order of the keys' UTF-8 bytes.
package struct S3ListPage: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var key: String
        package var size: Int64
        /// Without its quotes.
        package var etag: String
        package var lastModified: Date?

        package init(key: String, size: Int64, etag: String, lastModified: Date? = nil) {
            self.key = key
            self.size = size
            self.etag = etag
            self.lastModified = lastModified
        }
    }

    package var entries: [Entry]
    /// For the next page; nil on the last one.
    package var continuationToken: String?
}
