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
/// pyramid whose windows grow with their distance from the middle. A picture with its margins cut off shows everything
/// farther from the middle, by an amount that grows with the distance too, so that most stays in its window (geometric
/// blur: Berg and Malik, 2001). Square roots (Arandjelovic and Zisserman, 2012) keep a strong edge from drowning the
/// rest; gradients, light and hues are L2-normalised each and weighted, then the whole is.
package struct ImageDescriptor: ImageEmbedder {
    package static let dimensions = 512

    private let subject: ModelManifest.Subject

    package init(of subject: ModelManifest.Subject) {
        self.subject = subject
    }

    /// Raised with every change of the vectors.
    package var modelName: String {
        switch subject {
        case .frames: "framelake-frame-2"
        case .objects: "framelake-object-2"
        }
    }

    package var inputWidth: Int { DescriptorChannels.side }
    package var inputHeight: Int { subject == .frames ? DescriptorChannels.side : 2 * DescriptorChannels.side }

    package func embed(_ image: Image) throws(VideoAnalysisError) -> [Float] {
        let side = DescriptorChannels.side
        let channels = DescriptorChannels(try image.resized(width: side, height: side))
        var embedding: [Float] = []
        embedding.reserveCapacity(Self.dimensions)
        for (part, weight) in zip(channels.parts, [0.5, 0.25, 0.25] as [Float]) {
            let sums = part.flatMap { DescriptorWindows.standard.sums(of: $0).map { $0.squareRoot() } }
            embedding += Self.scaled(sums, toLength: weight.squareRoot())
        }
        // Of a picture without any light, gradient or colour nothing is left.
        if !embedding.contains(where: { $0 > 0 }) { embedding[0] = 1 }
        return Self.scaled(embedding, toLength: 1)
    }

    /// The picture's own vector, and for frames that of the picture as the middle of a larger one, whose margins are
    /// its own mirrored: a part of a frame lies near the frame then, since its windows cover the same things.
    package func embedViews(of picture: Image) throws(VideoAnalysisError) -> [[Float]] {
        let own = try embed(picture)
        guard subject == .frames else { return [own] }
        let side = DescriptorChannels.side
        return [own, try embed(try picture.resized(width: side, height: side).mirroredMargins(Self.margin))]
    }

    /// In pixels of the reduced picture, on each side: of a frame 10 % are cut off.
    private static let margin = 4

    private static func scaled(_ values: [Float], toLength length: Float) -> [Float] {
        let own = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let scale = own > 1e-6 ? length / own : 0
        return values.map { $0 * scale }
    }
}

extension Image {
    /// A larger copy, mirrored outwards at its edges.
    fileprivate func mirroredMargins(_ margin: Int) throws(VideoAnalysisError) -> Image {
        let (width, height, format) = (width, height, format)
        return try withBytes { (source, sourceStride) throws(VideoAnalysisError) in
            try Image(width: width + 2 * margin, height: height + 2 * margin, format: format) { target, stride in
                func mirrored(_ position: Int, _ count: Int) -> Int {
                    position < 0 ? -1 - position : position < count ? position : 2 * count - 1 - position
                }
                let bytes = format.bytesPerPixel
                for y in 0..<height + 2 * margin {
                    for x in 0..<width + 2 * margin {
                        let from =
                            mirrored(y - margin, height) * sourceStride + mirrored(x - margin, width) * bytes
                        let to = y * stride + x * bytes
                        for byte in 0..<bytes { target[to + byte] = source[from + byte] }
                    }
                }
            }
        }
    }
}
