/// A MOTChallenge text file's boxes, in order of frame.
package struct MOTChallengeFile: Sendable {
    /// Ordered by frame; within a frame as in the file.
    package let rows: [MOTChallengeRow]

    /// Reads a whole text. A byte order mark at its start and blank lines are skipped; the lines
    /// may be in any order.
    package init(parsing text: [UInt8]) throws(MOTChallengeError) {
        rows = try text.withUnsafeBufferPointer { (bytes) throws(MOTChallengeError) in try Self.parse(bytes) }
    }

    /// Calls `body` for each frame from the first to the last in the file, frames without a box included, but in a gap
    /// only for the first `longestGap` of them.
    package func forEachFrame(
        longestGap: Int, _ body: (_ frame: Int, _ rows: ArraySlice<MOTChallengeRow>) throws -> Void
    ) rethrows {
        var start = 0
        while start < rows.count {
            let frame = rows[start].frame
            var end = start
            while end < rows.count, rows[end].frame == frame { end += 1 }
            try body(frame, rows[start..<end])
            start = end
            guard end < rows.count else { break }
            let next = rows[end].frame
            for empty in 0..<min(next - frame - 1, longestGap) { try body(frame + 1 + empty, []) }
        }
    }

    /// UTF-8's, which some editors and spreadsheets write.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(MOTChallengeError) -> [MOTChallengeRow] {
        var rows: [MOTChallengeRow] = []
        rows.reserveCapacity(bytes.count / 50)
        var isOrdered = true
        var line = 0
        var position = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
        while position < bytes.count {
            line += 1
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let content = bytes[position..<end]
            position = end + 1
            if content.allSatisfy({ $0 <= UInt8(ascii: " ") }) { continue }
            do throws(MOTChallengeError.Reason) {
                let row = try MOTChallengeRow(parsing: content)
                if let previous = rows.last, previous.frame > row.frame { isOrdered = false }
                rows.append(row)
            } catch {
                throw MOTChallengeError(line: line, reason: error)
            }
        }
        guard !isOrdered else { return rows }
        return rows.enumerated().sorted { ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset) }
            .map(\.element)
    }
}
