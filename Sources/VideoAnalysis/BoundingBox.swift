/// An axis-parallel box in pixels of the upright frame; `(x1, y1)` is the upper left corner.
package struct BoundingBox: Sendable, Hashable {
    package var x1: Float
    package var y1: Float
    package var x2: Float
    package var y2: Float

    package init(x1: Float, y1: Float, x2: Float, y2: Float) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
    }

    package init(x: Float, y: Float, width: Float, height: Float) {
        self.init(x1: x, y1: y, x2: x + width, y2: y + height)
    }

    package var width: Float { x2 - x1 }
    package var height: Float { y2 - y1 }
    /// Zero for a box that is turned inside out.
    package var area: Float { max(0, width) * max(0, height) }
    package var centre: (x: Float, y: Float) { ((x1 + x2) / 2, (y1 + y2) / 2) }
    /// Where the object stands: the middle of the lower edge.
    package var foot: (x: Float, y: Float) { ((x1 + x2) / 2, y2) }

    package func intersection(with other: BoundingBox) -> BoundingBox {
        BoundingBox(
            x1: max(x1, other.x1), y1: max(y1, other.y1), x2: min(x2, other.x2), y2: min(y2, other.y2))
    }

    /// 0 for boxes that do not meet, 1 for equal ones; 0 when both are empty.
    package func intersectionOverUnion(with other: BoundingBox) -> Float {
        let shared = intersection(with: other).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }

    package func clamped(width: Float, height: Float) -> BoundingBox {
        BoundingBox(
            x1: min(max(x1, 0), width), y1: min(max(y1, 0), height),
            x2: min(max(x2, 0), width), y2: min(max(y2, 0), height))
    }

    package func scaled(byX scaleX: Float, y scaleY: Float) -> BoundingBox {
        BoundingBox(x1: x1 * scaleX, y1: y1 * scaleY, x2: x2 * scaleX, y2: y2 * scaleY)
    }
}
