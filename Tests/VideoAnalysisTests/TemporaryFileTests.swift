import Testing

@testable import VideoAnalysis

@Suite struct TemporaryFileTests {
    @Test func whatWasWrittenComesBackInItsOrder() throws {
        let file = try TemporaryFile(for: "a test")
        try file.write([1, 2, 3] as [Int32])
        try file.write([] as [Int32])
        try file.write([0.5] as [Double])
        try file.rewind()
        #expect(try file.read(2, of: Int32.self) == [1, 2])
        #expect(try file.read(1, of: Int32.self) == [3])
        #expect(!file.isAtEnd)
        #expect(try file.read(1, of: Double.self) == [0.5])
        #expect(file.isAtEnd)
    }

    @Test func aFileThatEndsTooSoonIsAnError() throws {
        let file = try TemporaryFile(for: "a test")
        try file.write([1, 2, 3] as [Int32])
        try file.rewind()
        let error = #expect(throws: VideoAnalysisError.self) { try file.read(4, of: Int32.self) }
        #expect(error?.code == .internalError)
        #expect(error?.message.contains("cut off") == true)
    }
}
