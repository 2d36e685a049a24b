import Testing

@testable import VideoAnalysis

@Suite struct MOTChallengeTests {
    @Test(arguments: [
        (
            "1,-1,10,20,30,40,0.9,-1,-1,-1",
            MOTChallengeRow(
                frame: 1, trackID: nil, box: .init(x1: 10, y1: 20, x2: 40, y2: 60), confidence: 0.9, classID: nil)
        ),
        (
            "7 3 -1.5 2e1 30 40",
            .init(
                frame: 7, trackID: 3, box: .init(x1: -1.5, y1: 20, x2: 28.5, y2: 60), confidence: 1, classID: nil)
        ),
        (
            "2.0, 5, 0, 0, 1, 1, -1, 2, -1, -1\r",
            .init(
                frame: 2, trackID: 5, box: .init(x1: 0, y1: 0, x2: 1, y2: 1), confidence: 1, classID: 2)
        ),
        (
            "1,9,499,158,31,75,1,-4.1554,-7.3591,0",
            .init(
                frame: 1, trackID: 9, box: .init(x1: 499, y1: 158, x2: 530, y2: 233), confidence: 1, classID: nil)
        ),
    ])
    func readsALine(line: String, row: MOTChallengeRow) throws {
        #expect(try MOTChallengeFile(parsing: Array(line.utf8)).rows == [row])
    }

    @Test(arguments: [
        ("1,-1,1,2,3", "line 2: expected frame,id,x,y,width,height[,confidence[,class]], found 5 fields"),
        ("1,-1,1,2,three,4,1", "line 2: \"three\" is not a finite number"),
        ("1,-1,1,2,nan,4,1", "line 2: \"nan\" is not a finite number"),
        ("0,-1,1,2,3,4,1", "line 2: frame numbers are whole and count from 1, found 0.0"),
        ("1.5,-1,1,2,3,4,1", "line 2: frame numbers are whole and count from 1, found 1.5"),
        ("1,-1,1,2,0,4,1", "line 2: width and height must be above 0, found 0.0 x 4.0"),
        ("1,-1,1e20,2,3,4,1", "line 2: 1e+20 is out of range, at most 2^24 are counted as pixels"),
        ("1,-1,1,2,3,4,-1e300", "line 2: -1e+300 is out of range, at most 2^24 are counted as pixels"),
    ])
    func namesTheLineThatIsWrong(line: String, message: String) {
        let text = "\n\(line)\n1,-1,10,20,30,40,0.9\n"
        let error = #expect(throws: MOTChallengeError.self) {
            _ = try MOTChallengeFile(parsing: Array(text.utf8))
        }
        #expect(error?.description == message)
    }

    @Test func aByteOrderMarkIsSkippedAtTheStartAlone() throws {
        let line = "1,-1,10,20,30,40,0.9\n"
        let rows = try MOTChallengeFile(parsing: Array("\u{FEFF}\(line)\(line)".utf8)).rows
        #expect(rows == (try MOTChallengeFile(parsing: Array((line + line).utf8)).rows))
        let error = #expect(throws: MOTChallengeError.self) {
            _ = try MOTChallengeFile(parsing: Array("\(line)\u{FEFF}\(line)".utf8))
        }
        #expect(error?.line == 2)
    }

    @Test(arguments: ["", "\n\n", " \r\n", "\u{FEFF}"])
    func anEmptyTextHasNoRows(text: String) throws {
        #expect(try MOTChallengeFile(parsing: Array(text.utf8)).rows.isEmpty)
        #expect(try Self.track(text).text.isEmpty)
    }

    @Test(arguments: [Double.nan, 0, -5, .infinity])
    func aFrameRateMustBeAboveZero(rate: Double) {
        #expect(throws: MOTChallengeError.self) {
            _ = try MOTChallengeTracking(frameRate: rate)
        }
    }

    @Test func writesWhatItReads() throws {
        let rows = [
            MOTChallengeRow(
                frame: 1, trackID: 2, box: .init(x1: -3.25, y1: 0.125, x2: 7, y2: 20), confidence: 0.875, classID: 1000),
            MOTChallengeRow(
                frame: 12, trackID: nil, box: .init(x1: 1e6, y1: 0, x2: 1e6 + 4, y2: 1), confidence: 0.5, classID: nil),
        ]
        var text: [UInt8] = []
        for row in rows { row.write(to: &text) }
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("1,2,-3.25,0.125,10.25,19.875,0.875,1000,-1,-1\n"))
        #expect(try MOTChallengeFile(parsing: text).rows == rows)
    }

    @Test(arguments: ["1,1,0,0,1e-9,1e-300", "1,1,16777216,-1234.5678,0.25,1e-5", "1,1,1e-9,1,1e-9,1,-1.00000000001"])
    func aThinBoxKeepsAnArea(line: String) throws {
        let row = try #require(try MOTChallengeFile(parsing: Array(line.utf8)).rows.first)
        #expect(row.box.x2 > row.box.x1 && row.box.y2 > row.box.y1 && row.confidence == 1)
        var text: [UInt8] = []
        row.write(to: &text)
        #expect(
            try MOTChallengeFile(parsing: text).rows.first?.confidence == 1, "\(String(decoding: text, as: UTF8.self))")
    }

    @Test func sizesThatFallSteeplyStayAboveZero() throws {
        let heights = [1600.0, 800, 400, 200, 100, 50, 25, 12]
        let lines = heights.enumerated().map { "\($0.offset + 1),-1,10,20,40,\($0.element),0.95" }
        let tracks = try MOTChallengeFile(parsing: Array(Self.track(lines.joined(separator: "\n")).text.utf8)).rows
        #expect(tracks.count == heights.count)
        #expect(tracks.allSatisfy { $0.box.height > 0.9 }, "\(tracks)")
    }

    @Test func tracksLinesInAnyOrder() throws {
        var lines = (1...20).map { "\($0),-1,\(10 + $0),20,40,100,0.95,-1,-1,-1" }
        let ordered = try Self.track(lines.joined(separator: "\n"))
        #expect(ordered.summary == .init(frames: 20, tracks: 1, boxes: 20, interpolated: 0))
        lines.reverse()
        #expect(try Self.track(lines.joined(separator: "\n")).text == ordered.text)
    }

    @Test func aFrameNumberInTheFarFutureCostsNothing() throws {
        let near = (1...10).map { "\($0),-1,10,20,40,100,0.95" }
        let far = (0..<10).map { "\(9_000_000_000 + $0),-1,10,20,40,100,0.95" }
        let result = try Self.track((near + far).joined(separator: "\n"))
        #expect(result.summary.tracks == 2)
        #expect(result.summary.boxes == 20)
        #expect(result.text.contains("\n9000000009,2,"))
    }

    @Test func nothingIsWrittenWhenALineIsWrong() {
        var written = 0
        #expect(throws: MOTChallengeError.self) {
            _ = try MOTChallengeTracking(frameRate: 10)
                .track(Array("1,-1,10,20,40,100,0.95\nx\n".utf8)) { written += $0.count }
        }
        #expect(written == 0)
    }

    private static func track(
        _ detections: String
    ) throws -> (summary: MOTChallengeTracking.Summary, text: String) {
        var text: [UInt8] = []
        let summary = try MOTChallengeTracking(frameRate: 10).track(Array(detections.utf8)) { text += $0 }
        return (summary, String(decoding: text, as: UTF8.self))
    }
}
