/// A condition did not come true in the time it was given.
package struct TimedOut: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Polls until the condition holds. The limit is for a machine under load: it says how long to wait before the test
/// has failed, never how long something takes.
/// - Throws: ``TimedOut`` with `what`, or what the condition throws.
package func eventually(
    _ what: String = "the condition", within limit: Duration = .seconds(60), fileID: String = #fileID,
    line: Int = #line, _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, fileID: fileID, line: line) { try await condition() ? true : nil }
}

/// Polls until the closure returns a value, and returns it.
package func eventually<Value>(
    _ what: String = "the value", within limit: Duration = .seconds(60), fileID: String = #fileID,
    line: Int = #line, _ value: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if let value = try await value() { return value }
        guard clock.now < deadline else {
            throw TimedOut("\(fileID):\(line): \(what) did not come true within \(limit)")
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}
