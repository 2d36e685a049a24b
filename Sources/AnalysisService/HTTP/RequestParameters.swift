import AnalysisAPI
import Hummingbird

/// The parameters of a request's query, each read with an error that names it.
struct QueryParameters {
    private let values: [String: String]

    /// - Parameter allowed: the names this call knows; another one is an error, since a misspelt filter that is
    ///   ignored gives rows that nobody asked for.
    init(_ request: Request, allowed: Set<String>) throws(Problem) {
        var values: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts[0].percentDecoded(plusIsSpace: true),
                let value = (parts.count > 1 ? parts[1] : "").percentDecoded(plusIsSpace: true)
            else { throw Self.wrong("the query", "percent-encoded UTF-8", found: String(pair)) }
            guard allowed.contains(name) else {
                let known = allowed.isEmpty ? "no query parameters" : allowed.sorted().joined(separator: ", ")
                throw Problem(
                    code: .badRequest, detail: "Query parameter \"\(name)\" is not known; this call takes \(known).")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(code: .badRequest, detail: "Query parameter \"\(name)\" is given more than once.")
            }
        }
        self.values = values
    }

    /// Nil when the parameter is missing; an empty one is an error.
    func text(_ name: String) throws(Problem) -> String? {
        guard let value = values[name] else { return nil }
        guard !value.isEmpty else { throw Self.wrong(name, "text", found: value) }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let bound = range.upperBound == .max ? "of at least" : "from"
            let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw Self.wrong(name, "a whole number \(bound) \(range.lowerBound)\(end)", found: text)
        }
        return value
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let text = values[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            let end = range.upperBound == .greatestFiniteMagnitude ? "" : " to \(range.upperBound)"
            throw Self.wrong(name, "a number from \(range.lowerBound)\(end)", found: text)
        }
        return value
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Value.Type
    ) throws(Problem) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong(name, "one of \(known)", found: text)
        }
        return value
    }

    /// `limit` and `after` of a list.
    func page() throws(Problem) -> PageRequest {
        PageRequest(limit: try integer("limit", in: 1...1000) ?? 100, after: try text("after"))
    }

    private static func wrong(_ name: String, _ expected: String, found: String) -> Problem {
        Problem(code: .badRequest, detail: "Query parameter \(name): expected \(expected), found \"\(found)\".")
    }
}

/// The variable segments of a request's path.
struct PathParameters {
    private let context: BasicRequestContext

    init(_ context: BasicRequestContext) {
        self.context = context
    }

    /// Text of a segment; a slash in it arrives as `%2F`.
    func text(_ name: String) throws(Problem) -> String {
        guard let value = context.parameters.get(name)?.percentDecoded(), !value.isEmpty else {
            throw Problem(code: .badRequest, detail: "\(name) in the path: expected percent-encoded UTF-8.")
        }
        return value
    }

    func identifier(_ name: String) throws(Problem) -> Int64 {
        let text = try text(name)
        guard let value = Int64(text), value > 0 else {
            throw Problem(
                code: .badRequest, detail: "\(name) in the path: expected a whole number above 0, found \"\(text)\".")
        }
        return value
    }
}
