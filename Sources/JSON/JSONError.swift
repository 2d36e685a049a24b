/// Why a text is not JSON, or why a value is not what its reader expected.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// Where, such as `Records[0].s3.object.key`; empty for the document itself.
    package let path: String
    /// What is wrong there, such as `expected string, found null`.
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
