/// Cuts a stream of bytes into lines, within bounds: whoever writes it is not trusted.
struct LineReader {
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    let maximumLineBytes: Int
    let maximumBytes: Int
    private var pending: [UInt8] = []
    private var bytes = 0

    init(maximumLineBytes: Int, maximumBytes: Int) {
        self.maximumLineBytes = maximumLineBytes
        self.maximumBytes = maximumBytes
    }

    /// Calls `onLine` with each line that is whole now. What follows the last newline of all is no line.
    mutating func append(_ chunk: [UInt8], onLine: ([UInt8]) throws -> Void) throws {
        bytes += chunk.count
        guard bytes <= maximumBytes else { throw Violation(description: "more than \(maximumBytes) bytes of output") }
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            pending += rest[..<end]
            rest = rest[(end + 1)...]
            try checkLength()
            try onLine(pending)
            pending.removeAll(keepingCapacity: true)
        }
        pending += rest
        try checkLength()
    }

    private func checkLength() throws(Violation) {
        guard pending.count <= maximumLineBytes else {
            throw Violation(description: "a line of more than \(maximumLineBytes) bytes")
        }
    }
}
