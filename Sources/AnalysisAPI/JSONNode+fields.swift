import JSON

extension JSONNode {
    /// A field that is not known is an error: a misspelt one must not be lost in silence.
    func expectFields(_ known: [String]) throws(JSONError) {
        for (name, node) in try object().sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            throw node.error("unknown field; known are \(known.joined(separator: ", "))")
        }
    }

    /// Text that is not empty.
    package func filledString() throws(JSONError) -> String {
        let text = try string()
        guard !text.isEmpty else { throw error("expected text, found an empty string") }
        return text
    }

    /// `nil` when missing or `null`.
    package func optionalFilledString() throws(JSONError) -> String? { exists ? try filledString() : nil }

    /// A key of S3.
    package func objectKey() throws(JSONError) -> String { try objectKey(try filledString()) }

    /// A key that the field holds in another encoding: S3 takes no longer one.
    package func objectKey(_ key: String) throws(JSONError) -> String {
        guard key.utf8.count <= 1024 else {
            throw error("expected a key of at most 1024 bytes, found \(key.utf8.count)")
        }
        return key
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(of type: Value.Type) throws(JSONError) -> Value {
        guard let value = Value(rawValue: try string()) else {
            throw error("expected one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
