/// Where an image lies in a network's input, and the way back from there.
package struct InputPlacement: Sendable, Hashable {
    /// The part of the input that the image fills, in pixels of the input.
    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int
    /// Pixels of the image.
    private let imageWidth: Int
    private let imageHeight: Int

    package init(imageWidth: Int, imageHeight: Int, input: ModelManifest.Input) {
        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        let ratio = min(Double(input.width) / Double(imageWidth), Double(input.height) / Double(imageHeight))
        switch input.letterbox {
        case .none:
            (x, y, width, height) = (0, 0, input.width, input.height)
        case .topleft:
            // Cut to whole pixels, as YOLOX was trained.
            width = min(max(1, Int(Double(imageWidth) * ratio)), input.width)
            height = min(max(1, Int(Double(imageHeight) * ratio)), input.height)
            (x, y) = (0, 0)
        case .center:
            // Rounded, as the YOLOv5 and v8 code does.
            width = min(max(1, Int((Double(imageWidth) * ratio).rounded())), input.width)
            height = min(max(1, Int((Double(imageHeight) * ratio).rounded())), input.height)
            x = (input.width - width) / 2
            y = (input.height - height) / 2
        }
    }

    /// The input without the stripes beside the image, in whole multiples of `stride`: the image is scaled as before.
    package func trimmed(_ input: ModelManifest.Input, stride: Int) -> ModelManifest.Input {
        func covering(_ size: Int, _ most: Int) -> Int { min((size + stride - 1) / stride * stride, most) }
        var trimmed = input
        trimmed.width = covering(width, input.width)
        trimmed.height = covering(height, input.height)
        return trimmed
    }

    /// A box of the network's input in pixels of the image; it may reach over the image's edges.
    package func inImage(_ box: BoundingBox) -> BoundingBox {
        let scaleX = Float(imageWidth) / Float(width)
        let scaleY = Float(imageHeight) / Float(height)
        return BoundingBox(
            x1: (box.x1 - Float(x)) * scaleX, y1: (box.y1 - Float(y)) * scaleY,
            x2: (box.x2 - Float(x)) * scaleX, y2: (box.y2 - Float(y)) * scaleY)
    }
}
