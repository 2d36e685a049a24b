import Foundation
import VideoAnalysis

/// The vectors of all frames, and those of some frames' changed copies.
struct Questions: Sendable {
    /// One vector after the other.
    private(set) var known: [Float] = []
    /// Numbers of the frames that are searched by.
    private(set) var asked: [Int] = []
    /// For each of `asked` the vectors of its changed copy.
    private var views: [Change: [[[Float]]]] = [:]

    init(video: URL, halved: URL, every step: Int, descriptor: ImageDescriptor) throws {
        var random = RandomSource(seed: 3)
        let (original, again) = (try VideoDecoder(video), try VideoDecoder(halved))
        var number = 0
        while try original.next() != nil, try again.next() != nil {
            let frame = try original.currentImage()
            known += try descriptor.embed(frame)
            if number % step == 0 {
                asked.append(number)
                let encodedAgain = try again.currentImage()
                for change in Change.allCases {
                    let changed = try change.apply(to: frame, encodedAgain: encodedAgain, using: &random)
                    views[change, default: []].append(try descriptor.embedViews(of: changed))
                }
            }
            number += 1
        }
    }

    /// For each of `asked` the number of the frame that is nearest to one of the first `viewLimit` vectors.
    func found(by change: Change, viewLimit: Int) -> [Int] {
        (views[change] ?? []).map { nearest(to: $0.prefix(viewLimit)) }
    }

    /// Vectors of length 1 are the nearer the greater their product.
    private func nearest(to vectors: ArraySlice<[Float]>) -> Int {
        known.withUnsafeBufferPointer { known in
            var (best, bestProduct) = (-1, -Float.infinity)
            for number in 0..<known.count / ImageDescriptor.dimensions {
                let row = UnsafeBufferPointer(
                    rebasing: known[number * ImageDescriptor.dimensions..<(number + 1) * ImageDescriptor.dimensions])
                for vector in vectors {
                    let product = vector.withUnsafeBufferPointer { Self.product($0, row) }
                    if product > bestProduct { (best, bestProduct) = (number, product) }
                }
            }
            return best
        }
    }

    private static func product(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Float {
        var sum = SIMD16<Float>.zero
        let (first, second) = (UnsafeRawBufferPointer(first), UnsafeRawBufferPointer(second))
        for offset in stride(from: 0, to: first.count, by: 64) {
            sum +=
                first.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                * second.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
        }
        return sum.sum()
    }
}
