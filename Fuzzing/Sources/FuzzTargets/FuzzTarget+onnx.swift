@testable import VideoAnalysis

extension FuzzTarget {
    /// A head that is read has inputs and outputs.
    static func checkONNX(_ input: [UInt8]) throws {
        let header: ONNXHeader
        do throws(ONNXHeader.Malformed) {
            header = try ONNXHeader(input)
        } catch {
            try require(!error.reason.isEmpty, "refused without a word")
            return
        }
        try require(!header.inputs.isEmpty && !header.outputs.isEmpty, "nothing to give or to take")
        try require(
            header.inputs.allSatisfy { $0.shape.allSatisfy { ($0 ?? 1) > 0 } }, "a dimension below 1: \(header)")
    }
}
