import Foundation
import PostgreSQL

@testable import AnalysisService

/// Spool files as an analysis leaves them: `frames` frames, each with two events, and two tracks.
struct SpoolSample: Sendable {
    var frames = 3
    var confidence: Float = 0.75
    var model = "colour-8"
    /// The rows' own claim when it is not the one that is published.
    var rowsOf: AnalysisClaim?
    /// The vector of a frame, of length 1.
    var vector: @Sendable (Int) -> [Float] = { frame in
        [cos(Float(frame) * 0.1), sin(Float(frame) * 0.1), 0]
    }

    /// What the tables hold after the sample is stored.
    var counts: [Int] { [2 * frames, 2, 3 * frames, frames + 1, frames, 2] }

    func write(to folder: URL, _ claim: AnalysisClaim) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for table in SpoolTable.allCases {
            try Data(bytes(of: table, rowsOf ?? claim)).write(to: folder.appending(path: table.fileName))
        }
    }

    func bytes(of table: SpoolTable, _ claim: AnalysisClaim) -> [UInt8] {
        var rows = SampleRows(claim: claim, table: table)
        switch table {
        case .events: addEvents(&rows)
        case .tracks: addTracks(&rows)
        case .depth: addDepth(&rows)
        case .display: addDisplay(&rows)
        case .frameEmbeddings: addFrameEmbeddings(&rows)
        case .objectEmbeddings: addObjectEmbeddings(&rows)
        }
        rows.encoder.finish()
        return rows.encoder.buffer
    }

    private func addEvents(_ rows: inout SampleRows) {
        for frame in 0..<frames {
            for track in 1...2 {
                rows.start(frame: frame)
                if track == 1 { rows.encoder.int4(1) } else { rows.encoder.null() }
                rows.encoder.int4(track == 1 ? 0 : 1000)
                rows.encoder.text(track == 1 ? "person" : "moving_object")
                rows.encoder.float4(track == 1 ? confidence : 0.5)
                rows.encoder.realArray([10, 20, 30.5, 60])
                rows.encoder.bool(false)
            }
        }
    }

    private func addTracks(_ rows: inout SampleRows) {
        for track in 1...2 {
            rows.start()
            rows.encoder.int4(Int32(track))
            rows.encoder.int4(0)
            rows.encoder.text("person")
            rows.encoder.int8(0)
            rows.encoder.int8(Int64(5 * frames))
            rows.encoder.float8(0)
            rows.encoder.float8(0.2 * Double(frames))
            rows.encoder.int4(Int32(max(1, frames)))
            rows.encoder.float4(0.75)
            rows.encoder.jsonb("[[0,0.0,20.2,60.0],[5,0.2,21.0,61.5]]")
        }
    }

    private func addDepth(_ rows: inout SampleRows) {
        for frame in 0..<frames {
            for track in 0...2 {
                rows.start(frame: frame)
                if track == 0 { rows.encoder.null() } else { rows.encoder.int4(Int32(track)) }
                if track == 0 { rows.encoder.null() } else { rows.encoder.realArray([10, 20, 30.5, 60]) }
                rows.encoder.float8(820)
                rows.encoder.float4(5.5)
                rows.encoder.float4(2)
                rows.encoder.float4(9)
                rows.encoder.float4(0.3)
                rows.encoder.text("relative")
                rows.encoder.text("ground-plane")
                if track == 0 { rows.encoder.bytes([0x89, 0x50, 0x4E, 0x47]) } else { rows.encoder.null() }
                if track == 0 { rows.encoder.float8(0.01) } else { rows.encoder.null() }
            }
        }
    }

    private func addDisplay(_ rows: inout SampleRows) {
        for item in 0...frames {
            if item < frames { rows.start(frame: item) } else { rows.start() }
            if item == frames {
                rows.encoder.null()
                rows.encoder.null()
            }
            rows.encoder.text(item < frames ? "frame" : "timeline")
            for size in [640, 480, 320, 240] { rows.encoder.int4(Int32(size)) }
            rows.encoder.float8(0.5)
            rows.encoder.float8(0.5)
            rows.encoder.jsonb(#"{"boxes":[]}"#)
            if item < frames {
                rows.encoder.bytes([0xFF, 0xD8, UInt8(truncatingIfNeeded: item)])
            } else {
                rows.encoder.null()
            }
            if item < frames { rows.encoder.text("image/jpeg") } else { rows.encoder.null() }
        }
    }

    private func addFrameEmbeddings(_ rows: inout SampleRows) {
        for frame in 0..<frames {
            rows.start(frame: frame)
            rows.encoder.text(model)
            rows.encoder.vector(vector(frame))
        }
    }

    private func addObjectEmbeddings(_ rows: inout SampleRows) {
        for track in 1...2 {
            rows.start()
            rows.encoder.int4(Int32(track))
            rows.encoder.int8(5)
            rows.encoder.float8(0.2)
            rows.encoder.text("person")
            rows.encoder.realArray([10, 20, 30.5, 60])
            rows.encoder.text(model)
            rows.encoder.vector(vector(track))
        }
    }
}

/// Begins each row with the columns that all tables have.
private struct SampleRows {
    let claim: AnalysisClaim
    let table: SpoolTable
    var encoder = BinaryCopyEncoder()

    mutating func start() {
        encoder.startRow(fields: table.columns.count)
        encoder.text(claim.videoID)
        encoder.int8(claim.analysisID)
    }

    /// Every fifth frame of 25 a second.
    mutating func start(frame: Int) {
        start()
        encoder.int8(Int64(5 * frame))
        encoder.float8(0.2 * Double(frame))
    }
}
