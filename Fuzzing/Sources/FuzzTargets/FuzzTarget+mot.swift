import VideoAnalysis

extension FuzzTarget {
    /// Rows that are read can be written and are read again, and so can the tracks that the tracker makes of them.
    static func checkMOT(_ input: [UInt8]) throws {
        let rows: [MOTChallengeRow]
        do throws(MOTChallengeError) {
            rows = try MOTChallengeFile(parsing: input).rows
        } catch {
            try require(!error.description.isEmpty, "refused without a word")
            return
        }
        var text: [UInt8] = []
        for row in rows { row.write(to: &text) }
        let again = try MOTChallengeFile(parsing: text).rows
        try require(again.count == rows.count, "\(rows.count) rows, read again \(again.count)")
        for (row, other) in zip(rows, again) {
            try require(row.isNearly(other), "\(row) read again: \(other)")
        }
        // Smoothing may carry boxes from the edge of the range over it.
        guard rows.allSatisfy({ $0.box.reach < 1_048_576 }) else { return }
        var tracks: [UInt8] = []
        let summary = try MOTChallengeTracking(frameRate: 10).track(input) { tracks += $0 }
        let written = try MOTChallengeFile(parsing: tracks).rows
        try require(written.count == summary.boxes, "\(summary.boxes) boxes, read again \(written.count)")
        try require(written.allSatisfy { ($0.trackID ?? 0) > 0 }, "a box without a track")
    }
}

extension MOTChallengeRow {
    /// Equal but for the rounding of the written numbers.
    fileprivate func isNearly(_ other: MOTChallengeRow) -> Bool {
        let sides = [
            (box.x1, other.box.x1), (box.y1, other.box.y1), (box.x2, other.box.x2), (box.y2, other.box.y2),
        ]
        // -1 stands for no confidence, also where only its writing has rounded it.
        let isUnsaid = abs(confidence + 1) < 0.001 && other.confidence == 1
        return frame == other.frame && trackID == other.trackID && classID == other.classID
            && sides.allSatisfy { abs($0 - $1) <= 0.002 + abs($0) * 1e-6 }
            && (isUnsaid || abs(confidence - other.confidence) <= 0.002 + abs(confidence) * 1e-6)
    }
}

extension BoundingBox {
    fileprivate var reach: Float { [x1, y1, x2, y2].map(abs).max() ?? 0 }
}
