import Foundation

/// The same numbers in each run (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }

    /// Of mean 0 and standard deviation 1 (Box and Muller, 1958).
    mutating func normal() -> Double {
        (-2 * log(uniform(Double.leastNormalMagnitude...1))).squareRoot() * cos(uniform(0...2 * .pi))
    }
}
