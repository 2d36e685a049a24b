import JSON

/// How many objects of each class were in view, in few stretches of time: the numbers of the timeline's overlay.
struct ReportTimeline: Sendable, Hashable {
    struct Count: Sendable, Hashable {
        /// Over the stretch's analysed frames.
        var mean = 0.0
        var most = 0
    }

    struct Stretch: Sendable, Hashable {
        /// Seconds.
        var start: Double
        var end: Double
        /// One for each of the classes.
        var counts: [Count]
    }

    static let mostStretches = 30

    /// By name.
    let classes: [String]
    let stretches: [Stretch]

    /// - Parameter overlay: `{"classes": {NAME: {"maximum", "mean"}}, "frames", "seconds_per_bin"}`, see `Timeline`.
    init(overlay: String, duration: Double) throws(JSONError) {
        let node = try JSON(parsing: overlay, limits: .init(maximumDepth: 8, maximumBytes: 16 << 20)).node
        let binSeconds = try node["seconds_per_bin"].double()
        let frames = try node["frames"].array()
        let byName = try node["classes"].object()
        let names = byName.keys.sorted()
        let binsPerStretch = max(1, (frames.count + Self.mostStretches - 1) / Self.mostStretches)
        var stretches: [Stretch] = []
        for first in stride(from: 0, to: frames.count, by: binsPerStretch) {
            let bins = first..<min(first + binsPerStretch, frames.count)
            var total = 0.0
            for bin in bins { total += try frames[bin].double() }
            var counts: [Count] = []
            for name in names {
                var count = Count()
                for bin in bins {
                    let (mean, most) = (node["classes"][name]["mean"][bin], node["classes"][name]["maximum"][bin])
                    count.mean += try mean.double() * frames[bin].double() / max(total, 1)
                    count.most = max(count.most, try most.int())
                }
                counts.append(count)
            }
            let end = Double(bins.upperBound) * binSeconds
            stretches.append(
                Stretch(
                    start: Double(first) * binSeconds,
                    end: bins.upperBound == frames.count ? max(Double(first) * binSeconds, min(end, duration)) : end,
                    counts: counts))
        }
        classes = names
        self.stretches = stretches
    }
}
