/// A 512-dimensional description of an image by hand-made features: two images of one scene lie close together,
/// whatever their size, compression, brightness and margins.
///
/// The image is brought to 64 x 64 pixels. Sixteen channels tell what is at each pixel, none of them below 0:
/// - 8 orientations of the brightness gradient, in proportion to the gradients around: the same when the picture is
///   lighter or has more contrast;
/// - 2 for lighter and darker than the picture's mean, in proportion to its contrast;
/// - 6 hues: how far two opponent colours, as shares of the brightness, point to each sixth of the colour circle.
///
/// Each channel is summed up in 32 Gaussian windows: one in the middle and 5, 10 and 16 in rings around it, a spatial
/// pyramid whose windows grow with their distance from the middle, as what a change of scale or place does to a picture
/// grows too (geometric blur: Berg and Malik, 2001). Square roots (Arandjelovic and Zisserman, 2012) keep a strong edge
/// from drowning the rest; gradients, light and hues are L2-normalised each and weighted, then the whole is.
///
/// A picture that lost its margins shows everything elsewhere and larger. Windows that forgave that would not tell a
/// frame from the next of a camera that moves; so a picture that is searched by is described several times, as a part
/// of a larger one that may lie here or there in it, see ``embedViews(of:)``.
package struct ImageDescriptor: ImageEmbedder {
    package static let dimensions = 512

    private let subject: ModelManifest.Subject

    package init(of subject: ModelManifest.Subject) {
        self.subject = subject
    }

    /// Raised with every change of the vectors.
    package var modelName: String {
        switch subject {
        case .frames: "framelake-frame-3"
        case .objects: "framelake-object-2"
        }
    }

    private var windows: DescriptorWindows { subject == .frames ? .frames : .objects }
    /// Of gradients, light and hues.
    private var weights: [Float] { subject == .frames ? [0.65, 0.175, 0.175] : [0.5, 0.25, 0.25] }

    package var inputWidth: Int { DescriptorChannels.side }
    package var inputHeight: Int { subject == .frames ? DescriptorChannels.side : 2 * DescriptorChannels.side }

    package func embed(_ image: Image) throws(VideoAnalysisError) -> [Float] {
        let side = DescriptorChannels.side
        let channels = DescriptorChannels(try image.resized(width: side, height: side))
        var embedding: [Float] = []
        embedding.reserveCapacity(Self.dimensions)
        for (part, weight) in zip(channels.parts, weights) {
            let sums = part.flatMap { windows.sums(of: $0).map { $0.squareRoot() } }
            embedding += Self.scaled(sums, toLength: weight.squareRoot())
        }
        // Of a picture without any light, gradient or colour nothing is left.
        if !embedding.contains(where: { $0 > 0 }) { embedding[0] = 1 }
        return Self.scaled(embedding, toLength: 1)
    }

    /// The picture's own vector, and for frames those of the picture as a part of a larger one, whose margins are its
    /// own mirrored: a part of a frame lies near the frame then, since its windows cover the same things.
    package func embedViews(of picture: Image) throws(VideoAnalysisError) -> [[Float]] {
        var views = [try embed(picture)]
        guard subject == .frames else { return views }
        let reduced = try picture.resized(width: DescriptorChannels.side, height: DescriptorChannels.side)
        for margins in Self.margins { views.append(try embed(try reduced.mirroredMargins(margins))) }
        return views
    }

    /// What may be missing around a frame of which a tenth of the width and height was cut off: as much on each side,
    /// or nearly all of it on one side. Wherever the part lies, one of these places it to 4 % of the frame, and to 2 % in
    /// a corner, where what is left differs most from the frame.
    private static let margins = [
        Margins(left: 4, top: 4, right: 4, bottom: 4), Margins(left: 1, top: 1, right: 6, bottom: 6),
        Margins(left: 6, top: 1, right: 1, bottom: 6), Margins(left: 1, top: 6, right: 6, bottom: 1),
        Margins(left: 6, top: 6, right: 1, bottom: 1),
    ]

    private static func scaled(_ values: [Float], toLength length: Float) -> [Float] {
        let own = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let scale = own > 1e-6 ? length / own : 0
        return values.map { $0 * scale }
    }
}

/// In pixels of the reduced picture.
private struct Margins: Sendable {
    let left: Int
    let top: Int
    let right: Int
    let bottom: Int
}

extension Image {
    /// A larger copy, mirrored outwards at its edges.
    fileprivate func mirroredMargins(_ margins: Margins) throws(VideoAnalysisError) -> Image {
        let (width, height, format) = (width, height, format)
        let (newWidth, newHeight) = (width + margins.left + margins.right, height + margins.top + margins.bottom)
        return try withBytes { (source, sourceStride) throws(VideoAnalysisError) in
            try Image(width: newWidth, height: newHeight, format: format) { target, stride in
                func mirrored(_ position: Int, _ count: Int) -> Int {
                    position < 0 ? -1 - position : position < count ? position : 2 * count - 1 - position
                }
                let bytes = format.bytesPerPixel
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        let from =
                            mirrored(y - margins.top, height) * sourceStride
                            + mirrored(x - margins.left, width) * bytes
                        let to = y * stride + x * bytes
                        for byte in 0..<bytes { target[to + byte] = source[from + byte] }
                    }
                }
            }
        }
    }
}
