/// People who are seen from head to foot, kept for the ground's fit: as many however long the video is.
struct PeopleSamples {
    private static let mostSamples = 4096
    /// Half a minute of each: who stands about all day says no more.
    private static let mostOfTrack = 60
    private static let intervalSeconds = 0.5

    private let frameWidth: Double
    private let frameHeight: Double
    private(set) var samples: [GroundPlaneFit.Sample] = []
    /// Only tracks whose id is a multiple of it: whole tracks tell more than parts of all of them.
    private var trackStride: Int32 = 1
    private var tracks: [Int32: (count: Int, lastTimestamp: Double)] = [:]

    init(frameWidth: Double, frameHeight: Double) {
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
    }

    /// Whether the box does not touch the frame's edges.
    func isWhole(_ box: BoundingBox) -> Bool {
        box.y1 > 2 && Double(box.y2) < frameHeight - 2 && box.x1 > 2 && Double(box.x2) < frameWidth - 2
    }

    mutating func offer(_ box: BoundingBox, trackID: Int32, timestamp: Double) {
        guard trackID % trackStride == 0, isWhole(box), box.height >= 16,
            (1.4...5).contains(box.height / max(box.width, 1))
        else { return }
        let before = tracks[trackID] ?? (0, -.infinity)
        guard before.count < Self.mostOfTrack, timestamp - before.lastTimestamp >= Self.intervalSeconds else { return }
        tracks[trackID] = (before.count + 1, timestamp)
        samples.append(
            .init(
                trackID: trackID, timestamp: timestamp, footX: Double(box.foot.x), footY: Double(box.y2),
                headY: Double(box.y1)))
        while samples.count >= Self.mostSamples {
            trackStride *= 2
            samples.removeAll { $0.trackID % trackStride != 0 }
        }
    }

    /// Forgets what tells a track's samples apart.
    mutating func ended(trackID: Int32) {
        tracks[trackID] = nil
    }
}
