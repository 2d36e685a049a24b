/// Non-maximum suppression that also averages: around each surest window, the windows that overlap it by more than
/// `overlap` are replaced by their mean, weighted by score. The mean lies closer to the person than any one window of
/// the coarse grid does.
enum WindowFusion {
    static func fuse(_ windows: [PeopleClassifier.Window], overlap: Float) -> [PeopleClassifier.Window] {
        var rest = windows.indices.sorted { (windows[$0].score, $1) > (windows[$1].score, $0) }
        var fused: [PeopleClassifier.Window] = []
        while let first = rest.first {
            let best = windows[first]
            var sum = SIMD4<Float>.zero
            var total: Float = 0
            rest.removeAll { index in
                let window = windows[index]
                guard window.box.intersectionOverUnion(with: best.box) > overlap else { return false }
                // Windows far below the best say little of where the person is.
                let weight = max(0, 1 + (window.score - best.score) / averagedScores)
                sum += weight * SIMD4(window.box.x1, window.box.y1, window.box.x2, window.box.y2)
                total += weight
                return true
            }
            sum /= total
            fused.append(
                .init(box: BoundingBox(x1: sum.x, y1: sum.y, x2: sum.z, y2: sum.w), score: best.score))
        }
        return fused
    }

    private static let averagedScores: Float = 1
}
