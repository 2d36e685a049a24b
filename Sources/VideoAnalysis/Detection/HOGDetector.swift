import COpenCV

/// Finds people without a model file, and on cameras that stand still other moving objects too.
///
/// The people classifier looks only where something can be: around what moves, where the tracker expects people, and
/// now and then everywhere. On a moving camera it looks everywhere in each frame, and background subtraction, which
/// would take the whole picture for foreground, is left out.
///
/// It fails where the classifier does: crowds, people cut off or bent, steep views, night, people lower than an
/// eleventh of the frame.
package struct HOGDetector: ObjectDetector {
    package let name = "hog"
    /// Raised whenever the same video would give other detections than before.
    package static let fingerprint = "hog-mog2-2"
    package var fingerprint: String { Self.fingerprint }

    /// Windows scoring less are no evidence of a person.
    private static let threshold = -0.4
    /// Ratio of the heights that are tried.
    private static let scaleStep = 1.1
    /// The whole frame is searched so often: finds people who stand still from the start.
    private static let scanSeconds = 4.0
    /// People this sure teach the detector how tall people are.
    private static let sure: Float = 0.6
    /// The lowest people that are looked for, in heights of the frame.
    private static let smallest: Float = 1 / 11
    /// And in pixels: below, enlarging shows no gradients.
    private static let fewestPixels: Float = 24

    private let classifier: PeopleClassifier
    private let scenes: SceneWatch
    private var prior = HeightPrior()
    private var lastScan: Double?

    /// - Parameter threads: how many look for people; does not change the result.
    package init(threads: Int) throws(VideoAnalysisError) {
        guard threads >= 1 else {
            throw VideoAnalysisError(.badSetting, "The detector needs at least one thread, not \(threads).")
        }
        // OpenCV's own threads are worth little on such small pictures, and would take the processors from these.
        copencv_set_thread_count(1)
        classifier = try PeopleClassifier(threads: threads)
        scenes = try SceneWatch()
    }

    /// While people are looked for in one frame, what moves in the next is found.
    package var framesAhead: Int { 1 }

    package mutating func expect(_ frame: DecodedFrame) {
        scenes.announce(frame)
    }

    package mutating func detect(
        in frame: DecodedFrame, predictions: [BoundingBox]
    ) throws(VideoAnalysisError) -> [Detection] {
        let foreground = try scenes.foreground(of: frame)
        let blobs = try foreground?.blobs(minimumArea: minimumBlobArea(of: frame.image)) ?? []
        let isScan = foreground == nil || frame.timestamp - (lastScan ?? -.infinity) >= Self.scanSeconds
        if isScan { lastScan = frame.timestamp }
        let regions =
            isScan ? [wholeFrame(frame.image)] : searchRegions(frame.image, blobs: blobs, predictions: predictions)
        let isTooSmall = Float(frame.image.height) < Self.fewestPixels
        let windows = try classifier.search(
            frame.image, in: isTooSmall ? [] : regions, scaleStep: Self.scaleStep, threshold: Self.threshold)
        let people = try people(among: windows, before: foreground).withoutParts()
        for person in people where person.confidence > Self.sure { prior.learn(person.box) }
        return people + movingObjects(blobs, besides: people)
    }

    private func minimumBlobArea(of image: Image) -> Float {
        let height = Float(image.height) / 20
        return max(height * height / 3, 16)
    }

    private func heights(in image: Image) -> ClosedRange<Float> {
        let lowest = max(Self.fewestPixels, Float(image.height) * Self.smallest)
        return lowest...max(lowest, Float(image.height) * 0.95)
    }

    private func wholeFrame(_ image: Image) -> PeopleClassifier.Region {
        .init(
            area: BoundingBox(x1: 0, y1: 0, x2: Float(image.width), y2: Float(image.height)),
            heights: heights(in: image))
    }

    private func searchRegions(
        _ image: Image, blobs: [Foreground.Blob], predictions: [BoundingBox]
    ) -> [PeopleClassifier.Region] {
        let frame = wholeFrame(image).area
        let limits = heights(in: image)
        let line = prior.line
        var regions: [PeopleClassifier.Region] = []
        func add(_ box: BoundingBox, _ lowest: Float, _ highest: Float, margin: Float) {
            let low = min(max(lowest, limits.lowerBound), limits.upperBound)
            let high = min(max(highest, low), limits.upperBound)
            guard highest >= limits.lowerBound, box.intersection(with: frame).area > 0 else { return }
            // Half a person may be outside the frame.
            let reach = BoundingBox(
                x1: -high / 4, y1: -high / 2, x2: frame.x2 + high / 4, y2: frame.y2 + high / 2)
            let x = high * margin * 0.5
            let y = high * margin
            let area = BoundingBox(x1: box.x1 - x, y1: box.y1 - y, x2: box.x2 + x, y2: box.y2 + y)
            regions.append(.init(area: area.intersection(with: reach), heights: low...high))
        }
        for blob in blobs {
            if let line {
                let highest = line.height(atFoot: blob.box.y2 + blob.box.height * 0.1)
                let lowest = min(highest, line.height(atFoot: blob.box.y1 + highest * 0.8))
                guard blob.box.height > 0.35 * lowest else { continue }
                add(blob.box, lowest * (1 - 2 * line.deviation), highest * (1 + 2 * line.deviation), margin: 0.15)
            } else {
                add(blob.box, blob.box.height * 0.5, blob.box.height * 1.2, margin: 0.15)
            }
        }
        for box in predictions where box.x1.isFinite && box.y1.isFinite && box.x2.isFinite && box.y2.isFinite {
            add(box, box.height * 0.85, box.height * 1.15, margin: 0.15)
        }
        return merged(regions)
    }

    /// Joins regions that mostly lie in one another.
    private func merged(_ regions: [PeopleClassifier.Region]) -> [PeopleClassifier.Region] {
        var rest = regions
        var result: [PeopleClassifier.Region] = []
        while var region = rest.popLast() {
            var grew = true
            while grew {
                grew = false
                rest.removeAll { other in
                    let shared = region.area.intersection(with: other.area).area
                    guard shared > 0.6 * min(region.area.area, other.area.area) else { return false }
                    region.area = region.area.union(with: other.area)
                    region.heights =
                        min(
                            region.heights.lowerBound, other.heights.lowerBound)...max(
                            region.heights.upperBound, other.heights.upperBound)
                    grew = true
                    return true
                }
            }
            result.append(region)
        }
        return result
    }

    private func people(
        among windows: [PeopleClassifier.Window], before foreground: Foreground?
    ) throws(VideoAnalysisError) -> [Detection] {
        let fused = WindowFusion.fuse(windows, overlap: 0.45)
        let coverage = try foreground?.coverage(of: fused.map(\.box))
        let line = prior.line
        return fused.enumerated().map { index, window in
            Detection(
                box: window.box,
                confidence: PersonEvidence(
                    score: window.score, coverage: coverage?[index], heightMiss: line.map { $0.miss(of: window.box) }
                ).confidence,
                objectClass: .person)
        }
    }

    private func movingObjects(_ blobs: [Foreground.Blob], besides people: [Detection]) -> [Detection] {
        blobs.compactMap { blob in
            let covered = people.reduce(Float(0)) { sum, person in
                person.confidence > 0.2 ? sum + person.box.intersection(with: blob.box).area : sum
            }
            guard covered < 0.3 * blob.box.area else { return nil }
            // Things fill their box; leaves, shadows and flicker are scattered over it.
            let solidity = min(blob.area / max(blob.box.area, 1), 1)
            return Detection(box: blob.box, confidence: min(0.5 + 0.6 * solidity, 1), objectClass: .movingObject)
        }
    }
}

extension BoundingBox {
    /// The smallest box around both.
    func union(with other: BoundingBox) -> BoundingBox {
        BoundingBox(x1: min(x1, other.x1), y1: min(y1, other.y1), x2: max(x2, other.x2), y2: max(y2, other.y2))
    }
}
