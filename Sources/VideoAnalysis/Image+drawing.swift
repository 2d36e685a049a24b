import COpenCV

/// Red, green and blue, 0 to 255.
package struct Color: Sendable, Hashable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    package static let black = Color(red: 0, green: 0, blue: 0)
    package static let white = Color(red: 255, green: 255, blue: 255)

    var raw: copencv_color { copencv_color(blue: blue, green: green, red: red) }
}

/// The pixels of a copy of an image while it is drawn on; see `Image.drawing(_:)`.
package struct Canvas: ~Copyable {
    let image: Image

    package var width: Int { image.width }
    package var height: Int { image.height }

    /// Draws the box's outline, `thickness` pixels wide.
    package func stroke(_ box: BoundingBox, color: Color, thickness: Int = 2) throws(VideoAnalysisError) {
        try Image.check { error in
            copencv_image_draw_rectangle(
                image.handle, pixel(box.x1), pixel(box.y1), pixel(box.x2), pixel(box.y2), color.raw,
                Int32(clamping: thickness), error)
        }
    }

    package func fill(_ box: BoundingBox, color: Color, opacity: Double = 1) throws(VideoAnalysisError) {
        let (left, top) = (pixel(box.x1), pixel(box.y1))
        try Image.check { error in
            copencv_image_fill_rectangle(
                image.handle, left, top, pixel(box.x2) - left, pixel(box.y2) - top, color.raw, opacity, error)
        }
    }

    package func line(
        from start: (x: Float, y: Float), to end: (x: Float, y: Float), color: Color, thickness: Int = 1
    ) throws(VideoAnalysisError) {
        try Image.check { error in
            copencv_image_draw_line(
                image.handle, start.x, start.y, end.x, end.y, color.raw, Int32(clamping: thickness), error)
        }
    }

    package func dot(at point: (x: Float, y: Float), radius: Float, color: Color) throws(VideoAnalysisError) {
        try Image.check { error in
            copencv_image_fill_circle(image.handle, point.x, point.y, radius, color.raw, error)
        }
    }

    /// Writes ASCII text from the left end of its base line.
    ///
    /// - Parameter size: Height of a capital letter in pixels.
    package func text(
        _ text: String, x: Float, baseline: Float, size: Double, color: Color
    ) throws(VideoAnalysisError) {
        try Image.check { error in
            copencv_image_draw_text(image.handle, text, pixel(x), pixel(baseline), size, color.raw, error)
        }
    }

    /// The width in pixels that `text` takes.
    package static func width(of text: String, size: Double) -> Float {
        Float(copencv_text_width(text, size))
    }

    /// Lays `other` over the canvas, as opaque as `mask` says (0 to 255); all three are of one size.
    package func blend(_ other: Image, mask: Image) throws(VideoAnalysisError) {
        try Image.check { error in copencv_image_blend(image.handle, other.handle, mask.handle, error) }
    }

    /// Copies `other`, BGR as the canvas is, to where its upper left corner is at `(x, y)`, all of it inside.
    func paste(_ other: Image, x: Int, y: Int) throws(VideoAnalysisError) {
        try Image.check { error in
            copencv_image_paste(image.handle, other.handle, Int32(clamping: x), Int32(clamping: y), error)
        }
    }

    private func pixel(_ value: Float) -> Int32 {
        value.isFinite ? Int32(min(max(value.rounded(), -100_000), 100_000)) : 0
    }
}

extension Image {
    /// A copy that `body` has drawn on.
    package func drawing(
        _ body: (borrowing Canvas) throws(VideoAnalysisError) -> Void
    ) throws(VideoAnalysisError) -> Image {
        let copy = Image(adopting: try Image.make { result, error in copencv_image_copy(handle, result, error) })
        try body(Canvas(image: copy))
        return copy
    }

    /// The Turbo colours of a gray image.
    package func colorized() throws(VideoAnalysisError) -> Image {
        Image(adopting: try Image.make { result, error in copencv_image_colorize(handle, result, error) })
    }

    /// One colour all over.
    package static func filled(width: Int, height: Int, color: Color) throws(VideoAnalysisError) -> Image {
        let image = try Image(width: width, height: height, format: .bgr8) { _, _ throws(VideoAnalysisError) in }
        try Canvas(image: image).fill(
            BoundingBox(x1: 0, y1: 0, x2: Float(width), y2: Float(height)), color: color)
        return image
    }
}
