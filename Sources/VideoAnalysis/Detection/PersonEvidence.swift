#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What speaks for a person in a window, put together by a logistic model.
///
/// The weights were set on street scenes; a window with a score of 0.5 on still ground comes out near 0.4,
/// the same window half filled with foreground near 0.83.
struct PersonEvidence {
    /// Of the classifier.
    var score: Float
    /// The share of the box that moves before the background; nil where the background is not known.
    var coverage: Float?
    /// How far the height is from what people standing there have, in standard deviations; nil when not known.
    var heightMiss: Float?

    /// 0 to 1.
    var confidence: Float {
        var evidence = 3 * score - 0.5
        if let coverage { evidence += 4 * (coverage - 0.35) }
        if let heightMiss { evidence -= 0.2 * min(heightMiss * heightMiss, 9) }
        return 1 / (1 + exp(-evidence))
    }
}
