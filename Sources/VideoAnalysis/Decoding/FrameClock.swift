/// Turns presentation timestamps into seconds since the stream's start that never stand still or go back.
struct FrameClock {
    private let secondsPerTick: Double
    private let streamStart: Int64?
    /// Used where a frame has no timestamp of its own, or one that is not after the one before.
    private let frameSeconds: Double
    /// A step forward by more seconds is no pause in the video, but a timestamp that is broken.
    private let largestStep: Double
    /// Timestamps that were put aside as broken.
    private(set) var brokenTimestamps: Int64 = 0
    private var start: Int64?
    private var shift = 0.0
    private(set) var last: Double?

    /// Further from the stream's declared start than this, the first frame itself counts as the start.
    private static let startTolerance = 1.0

    /// - Parameter streamStart: The stream's declared start in ticks, nil when unknown.
    init(secondsPerTick: Double, streamStart: Int64?, frameSeconds: Double, largestStep: Double) {
        self.secondsPerTick = secondsPerTick
        self.streamStart = streamStart
        self.frameSeconds = frameSeconds
        self.largestStep = largestStep
    }

    /// The time of the next frame in order of presentation.
    mutating func seconds(at timestamp: Int64?) -> Double {
        guard let timestamp else { return advance(to: (last ?? -frameSeconds) + frameSeconds) }
        let origin = start ?? origin(firstTimestamp: timestamp)
        start = origin
        var time = Double(timestamp &- origin) * secondsPerTick + shift
        if let last, time - last > largestStep {
            brokenTimestamps += 1
            time = last + frameSeconds
        } else if let last, time <= last {
            // Joined streams begin anew; anything else is a timestamp that is slightly off.
            if last - time > Self.startTolerance { shift += last + frameSeconds - time }
            time = last + frameSeconds
        }
        return advance(to: time)
    }

    private func origin(firstTimestamp: Int64) -> Int64 {
        guard let streamStart else { return firstTimestamp }
        let offset = Double(firstTimestamp &- streamStart) * secondsPerTick
        return (0...Self.startTolerance).contains(offset) ? streamStart : firstTimestamp
    }

    private mutating func advance(to time: Double) -> Double {
        last = time
        return time
    }
}
