/// Runs the tracker alone over detections in MOTChallenge text, and writes tracks in MOTChallenge text.
package struct MOTChallengeTracking: Sendable {
    /// What a run came to.
    package struct Summary: Sendable, Hashable {
        package var frames = 0
        package var tracks = 0
        package var boxes = 0
        /// How many of the boxes were filled in between detections.
        package var interpolated = 0
    }

    package let frameRate: Double
    package var tracker = TrackerSettings()
    package var joiner = TrackletJoinerSettings()

    /// - Parameter frameRate: frames a second of the video that the detections are from.
    package init(frameRate: Double) throws(MOTChallengeError) {
        guard frameRate.isFinite, frameRate > 0 else {
            throw MOTChallengeError(line: nil, reason: .badFrameRate(frameRate))
        }
        self.frameRate = frameRate
    }

    /// Tracks the boxes of `detections` and hands the result on in pieces of text, in order of frame.
    ///
    /// - Throws: the first line that cannot be read, by its number, before anything is handed on.
    package func track(
        _ detections: [UInt8], write: (_ text: [UInt8]) throws -> Void
    ) throws -> Summary {
        let file = try MOTChallengeFile(parsing: detections)
        var tracker = ObjectTracker(settings: tracker)
        var joiner = TrackletJoiner(settings: joiner)
        var summary = Summary()
        var text: [UInt8] = []
        func emit(_ frames: [TrackedFrame]) throws {
            for frame in frames { append(frame, to: &text, &summary) }
            guard text.count > 1 << 16 else { return }
            try write(text)
            text.removeAll(keepingCapacity: true)
        }
        let longestGap = Int(min(joiner.delaySeconds * frameRate, 1e6)) + 1
        var found: [Detection] = []
        try file.forEachFrame(longestGap: longestGap) { frame, rows in
            summary.frames += 1
            found.removeAll(keepingCapacity: true)
            for row in rows {
                found.append(
                    Detection(
                        box: row.box, confidence: row.confidence, classID: row.classID ?? Self.unknownClass,
                        className: ""))
            }
            let timestamp = Double(frame - 1) / frameRate
            let objects = tracker.update(found, timestamp: timestamp)
            try emit(
                joiner.append(
                    TrackedFrame(
                        frameNumber: Int64(frame), timestamp: timestamp, objects: objects,
                        camera: tracker.cameraPosition)))
        }
        try emit(joiner.finish())
        if !text.isEmpty { try write(text) }
        return summary
    }

    private static let unknownClass = -1

    private func append(_ frame: TrackedFrame, to text: inout [UInt8], _ summary: inout Summary) {
        for object in frame.objects {
            summary.boxes += 1
            summary.interpolated += object.interpolated ? 1 : 0
            summary.tracks = max(summary.tracks, object.trackID ?? 0)
            let detection = object.detection
            MOTChallengeRow(
                frame: Int(frame.frameNumber), trackID: object.trackID, box: detection.box,
                confidence: detection.confidence, classID: detection.classID < 0 ? nil : detection.classID
            ).write(to: &text)
        }
    }
}
