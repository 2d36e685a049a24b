/// A place in a JSON document, which may be empty: reading it says where and what was found instead.
///
/// Walking never fails; only reading does. `document.node["Records"][0]["s3"]["object"]["key"].string()` throws
/// `Records[0].s3.object.key: expected string, found null`.
package struct JSONNode: Sendable {
    /// From the root, such as `Records[0].s3`.
    package let path: String
    /// `nil` where the document has nothing.
    package let value: JSON?

    package init(path: String, value: JSON?) {
        self.path = path
        self.value = value
    }

    package subscript(key: String) -> JSONNode {
        let inner = path.isEmpty ? key : "\(path).\(key)"
        guard case .object(let members) = value else { return JSONNode(path: inner, value: nil) }
        return JSONNode(path: inner, value: members[key])
    }

    package subscript(index: Int) -> JSONNode {
        let inner = "\(path)[\(index)]"
        guard case .array(let elements) = value, elements.indices.contains(index) else {
            return JSONNode(path: inner, value: nil)
        }
        return JSONNode(path: inner, value: elements[index])
    }

    /// True when a value other than `null` is there.
    package var exists: Bool { value != nil && value != .null }

    package func string() throws(JSONError) -> String {
        guard case .string(let text) = value else { throw mismatch("string") }
        return text
    }

    /// A whole number; `3.0` counts as one.
    package func int64() throws(JSONError) -> Int64 {
        switch value {
        case .integer(let number): return number
        case .number(let number):
            guard let whole = Int64(exactly: number) else { throw mismatch("integer") }
            return whole
        default: throw mismatch("integer")
        }
    }

    /// A whole number; `3.0` counts as one.
    package func int() throws(JSONError) -> Int { Int(try int64()) }

    package func double() throws(JSONError) -> Double {
        switch value {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: throw mismatch("number")
        }
    }

    package func bool() throws(JSONError) -> Bool {
        guard case .bool(let flag) = value else { throw mismatch("boolean") }
        return flag
    }

    package func array() throws(JSONError) -> [JSONNode] {
        guard case .array(let elements) = value else { throw mismatch("array") }
        return elements.enumerated().map { JSONNode(path: "\(path)[\($0.offset)]", value: $0.element) }
    }

    package func object() throws(JSONError) -> [String: JSONNode] {
        guard case .object(let members) = value else { throw mismatch("object") }
        var nodes: [String: JSONNode] = [:]
        for key in members.keys { nodes[key] = self[key] }
        return nodes
    }

    /// `nil` when missing or `null`; an error when of another type. So are the other `optional` readers.
    package func optionalString() throws(JSONError) -> String? { exists ? try string() : nil }
    package func optionalInt() throws(JSONError) -> Int? { exists ? try int() : nil }
    package func optionalInt64() throws(JSONError) -> Int64? { exists ? try int64() : nil }
    package func optionalDouble() throws(JSONError) -> Double? { exists ? try double() : nil }
    package func optionalBool() throws(JSONError) -> Bool? { exists ? try bool() : nil }
    package func optionalArray() throws(JSONError) -> [JSONNode]? { exists ? try array() : nil }

    /// The error to throw when the value here is not what is needed.
    package func error(_ reason: String) -> JSONError { JSONError(path: path, reason: reason) }

    private func mismatch(_ expected: String) -> JSONError {
        error("expected \(expected), found \(value?.kindName ?? "nothing")")
    }
}
