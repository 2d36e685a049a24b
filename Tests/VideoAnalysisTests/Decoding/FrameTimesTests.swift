import Testing

@testable import VideoAnalysis

@Suite struct FrameTimesTests {
    private func times(_ timestamps: [Int64?], streamStart: Int64? = nil) -> [Double] {
        var clock = FrameClock(
            secondsPerTick: 0.01, streamStart: streamStart, frameSeconds: 0.04, largestStep: 3600)
        return timestamps.map { (clock.seconds(at: $0) * 1000).rounded() / 1000 }
    }

    @Test(
        arguments: [
            ([0, 4, 8], Int64?.some(0), [0, 0.04, 0.08]),
            ([500, 504, 508], 500, [0, 0.04, 0.08]),
            // The first frame comes a little after the declared start.
            ([508, 512], 500, [0.08, 0.12]),
            // The declared start is of another clock.
            ([50_000, 50_004], 0, [0, 0.04]),
            ([500, 504], 900, [0, 0.04]),
            ([500, 504], nil, [0, 0.04]),
            // No timestamps at all.
            ([nil, nil, nil], nil, [0, 0.04, 0.08]),
            ([0, nil, 8], 0, [0, 0.04, 0.08]),
            // A gap stays a gap.
            ([0, 4, 1000, 1004], 0, [0, 0.04, 10, 10.04]),
            // Equal and slightly backward ones move on by a frame.
            ([0, 4, 4, 3, 20], 0, [0, 0.04, 0.08, 0.12, 0.2]),
            // A joined stream begins anew.
            ([1000, 1004, 0, 4, 8], 1000, [0, 0.04, 0.08, 0.12, 0.16]),
            // A broken timestamp costs one frame's time, as do all after it.
            ([0, 4, 1 << 62, 12], 0, [0, 0.04, 0.08, 0.12]),
            ([0, 4, 360_005, 360_009], 0, [0, 0.04, 0.08, 0.12]),
        ] as [([Int64?], Int64?, [Double])])
    func countFromTheStartAndOnlyForward(timestamps: [Int64?], start: Int64?, expected: [Double]) {
        #expect(times(timestamps, streamStart: start) == expected)
    }

    @Test(
        arguments: [
            (5.0, 10.0, 20, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
            (5, 25, 20, [0, 5, 10, 15]),
            (1000, 10, 4, [0, 1, 2, 3]),
            (10, 10, 4, [0, 1, 2, 3]),
            (2, 3, 9, [0, 2, 3, 5, 6, 8]),
            (0.5, 1, 7, [0, 2, 4, 6]),
        ] as [(Double, Double, Int, [Int])])
    func sampleChoosesTheFirstFrameOfEachSlot(rate: Double, fps: Double, frames: Int, expected: [Int]) {
        var sampler = FrameSampler(framesPerSecond: rate, videoFramesPerSecond: fps)
        #expect((0..<frames).filter { sampler.takes(Double($0) / fps) } == expected)
    }

    @Test func sampleIsEvenWhereTheContainerRoundsToMilliseconds() {
        var sampler = FrameSampler(framesPerSecond: 12, videoFramesPerSecond: 24)
        let chosen = (0..<24).filter { sampler.takes((Double($0) / 24 * 1000).rounded() / 1000) }
        #expect(chosen == Array(stride(from: 0, to: 24, by: 2)))
    }

    @Test func sampleTakesOneFrameAfterAGap() {
        var sampler = FrameSampler(framesPerSecond: 5, videoFramesPerSecond: 25)
        #expect([0, 0.04, 9.99, 10, 10.01].filter { sampler.takes($0) } == [0, 9.99])
    }

    @Test(
        arguments: [
            ([1, 0, 0, 1], DisplayOrientation(), 0),
            ([0, 1, -1, 0], DisplayOrientation(transposes: true, flipsHorizontally: true), 90),
            ([-1, 0, 0, -1], DisplayOrientation(flipsHorizontally: true, flipsVertically: true), 180),
            ([0, -1, 1, 0], DisplayOrientation(transposes: true, flipsVertically: true), 270),
            ([-1, 0, 0, 1], DisplayOrientation(flipsHorizontally: true), 180),
            ([1, 0, 0, -1], DisplayOrientation(flipsVertically: true), 0),
            ([0, 1, 1, 0], DisplayOrientation(transposes: true), 90),
        ] as [([Int32], DisplayOrientation, Int)])
    func displayMatrixIsReadAsAQuarterTurnAndMirrors(matrix: [Int32], expected: DisplayOrientation, rotation: Int) {
        let one: Int32 = 65_536
        let full = [matrix[0] * one, matrix[1] * one, 0, matrix[2] * one, matrix[3] * one, 0, 0, 0, 1 << 30]
        let orientation = full.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map(DisplayOrientation.init(displayMatrix:))
        }
        #expect(orientation == expected)
        #expect(orientation?.rotation == rotation)
    }
}
