import CJSON

extension JSON {
    /// What a parser accepts at most: a message from outside must not take memory or stack at will.
    package struct Limits: Sendable {
        /// Arrays and objects within each other.
        package var maximumDepth: Int
        package var maximumBytes: Int

        package init(maximumDepth: Int = 64, maximumBytes: Int = 4 << 20) {
            self.maximumDepth = maximumDepth
            self.maximumBytes = maximumBytes
        }
    }

    /// Reads one JSON value, and nothing after it, from UTF-8.
    ///
    /// Strict as RFC 8259: no comments, no NaN, no trailing comma, no leading zero. Where the RFC leaves a choice, the
    /// last of several equal keys wins; a number that neither `Int64` nor a finite `Double` can hold is an error, not
    /// a rounded value; an unpaired surrogate escape becomes U+FFFD; U+0000 is refused, since neither json-c's keys
    /// nor PostgreSQL's text can hold it.
    package init(parsing bytes: some Collection<UInt8>, limits: Limits = Limits()) throws(JSONError) {
        guard bytes.count <= limits.maximumBytes, bytes.count < Int(Int32.max) else {
            throw JSONError(path: "", reason: "\(bytes.count) bytes of JSON, at most \(limits.maximumBytes) are read")
        }
        let input = Array(bytes)
        // json-c's own check lets overlong forms and surrogates pass.
        guard String(validating: input, as: UTF8.self) != nil else { throw JSONError(path: "", reason: "not UTF-8") }
        var lexer = JSONLexer(input)
        try lexer.check(maximumDepth: limits.maximumDepth)
        self = try Tokener(maximumDepth: limits.maximumDepth).parse(input)
    }

    package init(parsing text: String, limits: Limits = Limits()) throws(JSONError) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

/// Owns a json-c tokener.
private struct Tokener: ~Copyable {
    private let tokener: UnsafeMutablePointer<json_tokener>

    init(maximumDepth: Int) throws(JSONError) {
        // json-c counts the scalar at the bottom as a level of its own.
        guard let tokener = json_tokener_new_ex(Int32(clamping: maximumDepth + 1)) else {
            throw JSONError(path: "", reason: "out of memory")
        }
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT)
        self.tokener = tokener
    }

    deinit { json_tokener_free(tokener) }

    func parse(_ input: [UInt8]) throws(JSONError) -> JSON {
        // The closing NUL tells json-c that a number at the end is whole.
        let object = (input + [0]).withUnsafeBytes { bytes in
            json_tokener_parse_ex(tokener, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        defer { json_object_put(object) }
        let error = json_tokener_get_error(tokener)
        guard error == json_tokener_success else {
            let text = String(cString: json_tokener_error_desc(error))
            throw JSONError(path: "", reason: "\(text) at byte \(json_tokener_get_parse_end(tokener))")
        }
        return try JSON(object, path: "")
    }
}

extension JSON {
    /// Copies a json-c value; json-c's pointer for `null` is the null pointer.
    fileprivate init(_ object: OpaquePointer?, path: String) throws(JSONError) {
        switch json_object_get_type(object) {
        case json_type_null: self = .null
        case json_type_boolean: self = .bool(json_object_get_boolean(object) != 0)
        case json_type_int: self = .integer(json_object_get_int64(object))
        case json_type_double:
            let number = json_object_get_double(object)
            guard number.isFinite else { throw JSONError(path: path, reason: "number outside the range of a double") }
            self = .number(number)
        case json_type_string:
            let text = UnsafeRawBufferPointer(
                start: json_object_get_string(object), count: Int(json_object_get_string_len(object)))
            self = .string(String(decoding: text, as: UTF8.self))
        case json_type_array:
            var elements: [JSON] = []
            let count = json_object_array_length(object)
            elements.reserveCapacity(count)
            for index in 0..<count {
                elements.append(try JSON(json_object_array_get_idx(object, index), path: "\(path)[\(index)]"))
            }
            self = .array(elements)
        default:
            var members: [String: JSON] = [:]
            var iterator = json_object_iter_begin(object)
            var end = json_object_iter_end(object)
            while json_object_iter_equal(&iterator, &end) == 0 {
                let key = String(cString: json_object_iter_peek_name(&iterator))
                let inner = path.isEmpty ? key : "\(path).\(key)"
                members[key] = try JSON(json_object_iter_peek_value(&iterator), path: inner)
                json_object_iter_next(&iterator)
            }
            self = .object(members)
        }
    }
}
