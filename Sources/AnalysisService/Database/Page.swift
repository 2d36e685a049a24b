import Foundation

/// Which part of a list is asked for. Pages are cut by the last row's key, so they cost the same wherever they begin.
struct PageRequest: Sendable, Hashable {
    static let limits = 1...1000

    /// 1 to 1000; a number beyond is moved to the nearest.
    let limit: Int
    /// The cursor of the page before.
    let after: String?

    init(limit: Int = 100, after: String? = nil) {
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.after = after
    }
}

/// A part of a list.
struct StoredPage<Row: Sendable>: Sendable {
    let rows: [Row]
    /// What continues the list; nil at its end.
    let next: String?

    /// - Parameter found: One row more than the page has when there are more.
    init(_ found: [Row], limit: Int, cursor: (Row) -> PageCursor) {
        rows = Array(found.prefix(limit))
        next = found.count > limit ? rows.last.map { cursor($0).text } : nil
    }
}

/// The key of a page's last row, opaque to clients: the name of the list, and the key's parts.
struct PageCursor: Sendable, Hashable {
    let list: String
    let parts: [String]

    init(_ list: String, _ parts: [String]) {
        self.list = list
        self.parts = parts
    }

    /// Nil for the first page.
    init?(_ page: PageRequest, list: String, parts count: Int) throws(StoreError) {
        guard let after = page.after else { return nil }
        let base64 = after.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        // PostgreSQL's text cannot hold a zero byte.
        guard let bytes = Data(base64Encoded: base64 + padding), !bytes.contains(0),
            let text = String(data: bytes, encoding: .utf8)
        else { throw .badCursor }
        let fields = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == count + 1, fields.first == list else { throw .badCursor }
        self.init(list, Array(fields.dropFirst()))
    }

    /// Base64 that needs no escape in a URL.
    var text: String {
        Data(([list] + parts).joined(separator: "\n").utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func integer(_ index: Int) throws(StoreError) -> Int64 {
        guard let value = Int64(parts[index]) else { throw .badCursor }
        return value
    }

    /// Since 1970, before the year 10000.
    func microseconds(_ index: Int) throws(StoreError) -> Int64 {
        let value = try integer(index)
        guard (0..<253_402_300_800_000_000).contains(value) else { throw .badCursor }
        return value
    }
}
