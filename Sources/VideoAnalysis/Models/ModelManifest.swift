/// What a model file does not say of itself: which numbers it takes, and what the ones that it gives mean.
///
/// It is written as JSON beside the file, see docs/models.md; this target only knows the values.
package struct ModelManifest: Sendable, Hashable {
    /// The layout of the outputs.
    package enum Family: String, Sendable, Hashable, CaseIterable {
        case yolox, yolov5, yolov8, yolonas, nanodet, ssd, depth, embedding

        package var isDetector: Bool { self != .depth && self != .embedding }
    }

    package enum Channels: String, Sendable, Hashable, CaseIterable {
        case bgr, rgb
    }

    /// Where an image of another shape lies in the network's input.
    package enum Letterbox: String, Sendable, Hashable, CaseIterable {
        /// In the upper left corner, its shape kept.
        case topleft
        /// In the middle, its shape kept.
        case center
        /// Stretched over all of it.
        case none
    }

    /// What an embedding network was trained to describe.
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        case frames, objects
    }

    /// What the numbers of a depth network are.
    package enum Depth: String, Sendable, Hashable, CaseIterable {
        /// Inverse depth up to a scale and a shift that nobody knows: larger is nearer, and no number is a distance.
        case inverse
        /// Metres along the optical axis.
        case metres
    }

    /// How the network wants an image: `((range.lower + pixel / 255 * (range.upper - range.lower)) - mean) / std`.
    package struct Input: Sendable, Hashable {
        package var width: Int
        package var height: Int
        package var channels: Channels
        /// What the pixel values 0 and 255 become before mean and standard deviation are applied.
        package var range: ClosedRange<Float>
        /// Of each channel, in the network's order of channels.
        package var mean: [Float]
        package var std: [Float]
        package var letterbox: Letterbox
        /// The pixel value, 0 to 255, around a letterboxed image.
        package var pad: Float

        package init(
            width: Int, height: Int, channels: Channels, range: ClosedRange<Float>, mean: [Float] = [0, 0, 0],
            std: [Float] = [1, 1, 1], letterbox: Letterbox = .none, pad: Float = 0
        ) {
            self.width = width
            self.height = height
            self.channels = channels
            self.range = range
            self.mean = mean
            self.std = std
            self.letterbox = letterbox
            self.pad = pad
        }
    }

    package var family: Family
    package var input: Input
    /// The detector's classes in the order of its outputs; empty for networks without classes.
    package var labels: [String]
    /// Of the family `embedding`; nil leaves it to the input's shape.
    package var describes: Subject?
    /// Of the family `depth`, which must have it.
    package var gives: Depth?
    package var licence: String?

    package init(
        family: Family, input: Input, labels: [String] = [], describes: Subject? = nil, gives: Depth? = nil,
        licence: String? = nil
    ) {
        self.family = family
        self.input = input
        self.labels = labels
        self.describes = describes
        self.gives = gives
        self.licence = licence
    }

    /// Everything that changes what the network gives for an image, as text.
    package var fingerprint: String {
        let names = labels.map(jsonString).joined(separator: ",")
        let describes = describes.map { #""describes":"\#($0.rawValue)","# } ?? ""
        let gives = gives.map { #""gives":"\#($0.rawValue)","# } ?? ""
        return
            #"{\#(describes)"family":"\#(family.rawValue)",\#(gives)"input":\#(input.fingerprint),"labels":[\#(names)]}"#
    }
}

extension ModelManifest.Input {
    fileprivate var fingerprint: String {
        let mean = mean.map { "\($0)" }.joined(separator: ",")
        let std = std.map { "\($0)" }.joined(separator: ",")
        return #"{"channels":"\#(channels.rawValue)","height":\#(height),"letterbox":"\#(letterbox.rawValue)","#
            + #""mean":[\#(mean)],"pad":\#(pad),"range":[\#(range.lowerBound),\#(range.upperBound)],"#
            + #""std":[\#(std)],"width":\#(width)}"#
    }
}
