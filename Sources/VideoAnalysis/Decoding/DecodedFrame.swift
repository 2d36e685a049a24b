/// A frame that was chosen for analysis, upright and with square pixels.
package struct DecodedFrame: Sendable {
    /// Counts the frames that the decoder gave, from 0, those not analysed included.
    package var frameNumber: Int64
    /// Seconds since the stream's start, from the presentation timestamp.
    package var timestamp: Double
    /// BGR.
    package var image: Image

    package init(frameNumber: Int64, timestamp: Double, image: Image) {
        self.frameNumber = frameNumber
        self.timestamp = timestamp
        self.image = image
    }
}
