/// Greedy class-wise non-maximum suppression.
///
/// Of boxes of one class that overlap by more than `overlap` (intersection over union) the most confident stays.
/// Equal confidences keep their order, so that the result depends on nothing but the input.
///
/// - Returns: the indices of the detections that stay, most confident first.
package func nonMaximumSuppression(_ detections: [Detection], overlap: Float) -> [Int] {
    let order = detections.indices
        .filter { detections[$0].isUsable }
        .sorted { (detections[$0].confidence, $1) > (detections[$1].confidence, $0) }
    var kept: [Int] = []
    for candidate in order {
        let detection = detections[candidate]
        let isCovered = kept.contains { other in
            detections[other].classID == detection.classID
                && detections[other].box.overlap(with: detection.box) > Double(overlap)
        }
        if !isCovered { kept.append(candidate) }
    }
    return kept
}

extension Detection {
    /// Whether the box has a finite position, an area, and a confidence that is a number.
    var isUsable: Bool {
        let corners = SIMD4(box.x1, box.y1, box.x2, box.y2)
        return !confidence.isNaN && corners.x.isFinite && corners.y.isFinite && corners.z.isFinite && corners.w.isFinite
            && box.x2 > box.x1 && box.y2 > box.y1
    }
}

extension BoundingBox {
    /// Intersection over union in double precision: areas of huge boxes do not overflow to infinity.
    func overlap(with other: BoundingBox) -> Double {
        let width = Double(min(x2, other.x2)) - Double(max(x1, other.x1))
        let height = Double(min(y2, other.y2)) - Double(max(y1, other.y1))
        guard width > 0, height > 0 else { return 0 }
        let intersection = width * height
        let own = (Double(x2) - Double(x1)) * (Double(y2) - Double(y1))
        let others = (Double(other.x2) - Double(other.x1)) * (Double(other.y2) - Double(other.y1))
        return intersection / (own + others - intersection)
    }
}
