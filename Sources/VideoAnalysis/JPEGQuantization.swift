import CFFmpeg

/// How coarsely JPEG rounds each of the 64 frequencies of a block: the tables of ISO/IEC 10918-1, annex K.1, scaled by a
/// quality from 0 to 100 as libjpeg does.
struct JPEGQuantization {
    private let steps: [Int]

    /// - Returns: 64 numbers in rows, allocated by libav, for a codec context to free.
    func matrix(quality: Int) throws(VideoAnalysisError) -> UnsafeMutablePointer<UInt16> {
        guard let memory = av_mallocz(steps.count * MemoryLayout<UInt16>.stride) else {
            throw VideoAnalysisError(.outOfMemory, "There is no memory for a picture's quantization.")
        }
        let quality = min(max(quality, 1), 100)
        let percent = quality < 50 ? 5000 / quality : 200 - 2 * quality
        let matrix = memory.bindMemory(to: UInt16.self, capacity: steps.count)
        for (index, step) in steps.enumerated() {
            matrix[index] = UInt16(min(max((step * percent + 50) / 100, 1), 255))
        }
        return matrix
    }

    static let luminance = JPEGQuantization(steps: [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ])

    static let chrominance = JPEGQuantization(steps: [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ])
}
