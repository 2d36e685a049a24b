import Foundation
import JSON
import TestSupport
import Testing
import Yams

/// docs/openapi.yaml, with as much of JSON Schema as it uses.
struct OpenAPIDocument {
    let root: JSON

    struct Violation: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let text = try String(contentsOf: TestPaths.root.appending(path: "docs/openapi.yaml"), encoding: .utf8)
        root = Self.json(try Yams.load(yaml: text))
    }

    init(root: JSON) {
        self.root = root
    }

    private static func json(_ value: Any?) -> JSON {
        switch value {
        case let value as Bool: .bool(value)
        case let value as Int: .integer(Int64(value))
        case let value as Double: .number(value)
        case let value as String: .string(value)
        case let value as [Any]: .array(value.map(json))
        case let value as [String: Any]: .object(value.mapValues(json))
        default: .null
        }
    }

    struct Operation {
        let method: String
        let path: String
        let operationID: String
        let isOpen: Bool
        /// Status to the answer's object, references resolved.
        let responses: [Int: JSON]
        /// The codes that the problems of all statuses may have.
        let problemCodes: Set<String>
        let queryParameters: Set<String>
    }

    func operations() throws -> [Operation] {
        try root.node["paths"].object().flatMap { path, methods in
            try methods.object().map { method, operation in
                var responses: [Int: JSON] = [:]
                var codes: Set<String> = []
                for (status, answer) in try operation["responses"].object() {
                    let answer = try resolved(answer.value ?? .null)
                    responses[try #require(Int(status))] = answer
                    let schema = answer.node["content"]["application/problem+json"]["schema"]
                    for part in try schema["allOf"].optionalArray() ?? [] {
                        for code in try part["properties"]["code"]["enum"].optionalArray() ?? [] {
                            codes.insert(try code.string())
                        }
                    }
                }
                let parameters = try operation["parameters"].optionalArray() ?? []
                let names = try parameters.compactMap { parameter -> String? in
                    let node = try resolved(parameter.value ?? .null).node
                    return try node["in"].string() == "query" ? try node["name"].string() : nil
                }
                return Operation(
                    method: method.uppercased(), path: path, operationID: try operation["operationId"].string(),
                    isOpen: operation["security"].value == .array([]), responses: responses, problemCodes: codes,
                    queryParameters: Set(names))
            }
        }
    }

    /// Follows `$ref` within the document.
    func resolved(_ value: JSON) throws -> JSON {
        guard case .object(let members) = value, case .string(let reference)? = members["$ref"] else { return value }
        var node = root.node
        for name in reference.split(separator: "/").dropFirst() { node = node[String(name)] }
        guard let target = node.value else { throw Violation(description: "\(reference) leads nowhere") }
        return try resolved(target)
    }

    /// Checks a value against a schema of this document.
    func validate(_ value: JSON, _ schema: JSON, at path: String = "body") throws {
        let schema = try resolved(schema).node
        func fail(_ reason: String) -> Violation { Violation(description: "\(path): \(reason)") }
        for part in try schema["allOf"].optionalArray() ?? [] { try validate(value, part.value ?? .null, at: path) }
        if let choices = try schema["oneOf"].optionalArray() {
            let fitting = choices.filter { choice in
                do {
                    try validate(value, choice.value ?? .null, at: path)
                    return true
                } catch {
                    return false
                }
            }
            guard fitting.count == 1 else { throw fail("\(value) fits \(fitting.count) choices") }
        }
        if let values = try schema["enum"].optionalArray(), !values.map(\.value).contains(value) {
            throw fail("\(value) is not one of \(values.compactMap(\.value))")
        }
        if let constant = schema["const"].value, constant != value { throw fail("\(value) is not \(constant)") }
        switch schema["type"].value {
        case .string(let name)?:
            guard Self.isA(value, name) else { throw fail("\(value) is no \(name)") }
        case .array(let names)?:
            guard names.contains(where: { Self.fits(value, $0) }) else {
                throw fail("\(value) is none of \(names)")
            }
        default: break
        }
        try validateNumber(value, schema, fail)
        try validateParts(value, schema, path, fail)
    }

    private func validateNumber(_ value: JSON, _ schema: JSONNode, _ fail: (String) -> Violation) throws {
        let number: Double
        switch value {
        case .integer(let whole): number = Double(whole)
        case .number(let real): number = real
        default: return
        }
        if let least = try schema["minimum"].optionalDouble(), number < least { throw fail("\(number) < \(least)") }
        if let most = try schema["maximum"].optionalDouble(), number > most { throw fail("\(number) > \(most)") }
    }

    private func validateParts(
        _ value: JSON, _ schema: JSONNode, _ path: String, _ fail: (String) -> Violation
    ) throws {
        switch value {
        case .array(let elements):
            if let least = try schema["minItems"].optionalInt(), elements.count < least { throw fail("too few items") }
            if let most = try schema["maxItems"].optionalInt(), elements.count > most { throw fail("too many items") }
            guard let items = schema["items"].value else { return }
            for (index, element) in elements.enumerated() { try validate(element, items, at: "\(path)[\(index)]") }
        case .object(let members):
            for name in try schema["required"].optionalArray() ?? [] where members[try name.string()] == nil {
                throw fail("\(try name.string()) is missing")
            }
            guard let properties = schema["properties"].value?.node else { return }
            for (name, member) in members {
                // Stricter than the document: what it does not name is a field that nobody documented.
                guard let own = properties[name].value else {
                    if schema["additionalProperties"].value == .bool(false) || schema["required"].exists {
                        throw fail("\(name) is not documented")
                    }
                    continue
                }
                try validate(member, own, at: "\(path).\(name)")
            }
        default: break
        }
    }

    private static func fits(_ value: JSON, _ type: JSON) -> Bool {
        if case .string(let name) = type { isA(value, name) } else { false }
    }

    private static func isA(_ value: JSON, _ name: String) -> Bool {
        if case .integer = value { return name == "integer" || name == "number" }
        return typeName(value) == name
    }

    private static func typeName(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
