/// How the stored picture is turned and mirrored to stand upright: one of the eight that keep pixels on the grid.
struct DisplayOrientation: Hashable, Sendable {
    /// Rows become columns first, then come the mirrors.
    var transposes = false
    var flipsHorizontally = false
    var flipsVertically = false

    static let upright = DisplayOrientation()

    var isUpright: Bool { self == .upright }

    /// Degrees clockwise: 0, 90, 180 or 270; a mirror comes after the turn.
    var rotation: Int {
        switch (transposes, flipsHorizontally, flipsVertically) {
        case (false, false, _): 0
        case (false, true, _): 180
        case (true, _, false): 90
        case (true, _, true): 270
        }
    }
}

extension DisplayOrientation {
    /// Reads the display matrix `[a b u; c d v; x y w]` of ISO/IEC 14496-12 8.3.2, which maps `(p, q)` to
    /// `(a p + c q + x, b p + d q + y)`. Other angles than quarter turns become the nearest of those.
    init(displayMatrix matrix: UnsafePointer<Int32>) {
        let (a, b, c, d) = (Int64(matrix[0]), Int64(matrix[1]), Int64(matrix[3]), Int64(matrix[4]))
        if abs(b) + abs(c) > abs(a) + abs(d) {
            self.init(transposes: true, flipsHorizontally: c < 0, flipsVertically: b < 0)
        } else {
            self.init(transposes: false, flipsHorizontally: a < 0, flipsVertically: d < 0)
        }
    }
}
