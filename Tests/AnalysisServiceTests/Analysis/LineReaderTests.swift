import Testing

@testable import AnalysisService

@Suite struct LineReaderTests {
    @Test(arguments: [
        (["a\nb\n"], ["a", "b"]), (["a", "b\nc", "\n"], ["ab", "c"]), (["\n\n"], ["", ""]), (["no end"], []),
        ([""], []),
    ])
    func linesAreWholeHoweverTheyArrive(chunks: [String], expected: [String]) throws {
        var reader = LineReader(maximumLineBytes: 100, maximumBytes: 1000)
        var lines: [String] = []
        for chunk in chunks {
            try reader.append(Array(chunk.utf8)) { lines.append(String(decoding: $0, as: UTF8.self)) }
        }
        #expect(lines == expected)
    }

    @Test(arguments: ["0123456789a", "0123456789a\n"])
    func longLineIsRefusedWithOrWithoutItsEnd(text: String) {
        var reader = LineReader(maximumLineBytes: 10, maximumBytes: 1000)
        #expect(throws: LineReader.Violation.self) { try reader.append(Array(text.utf8)) { _ in } }
    }

    @Test func linesOfTheLimitPass() throws {
        var reader = LineReader(maximumLineBytes: 10, maximumBytes: 1000)
        var count = 0
        try reader.append(Array("0123456789\n0123456789\n".utf8)) { _ in count += 1 }
        #expect(count == 2)
    }

    @Test func tooMuchOutputIsRefused() throws {
        var reader = LineReader(maximumLineBytes: 10, maximumBytes: 5)
        try reader.append(Array("a\nb\n".utf8)) { _ in }
        #expect(throws: LineReader.Violation.self) { try reader.append(Array("c\n".utf8)) { _ in } }
    }
}
