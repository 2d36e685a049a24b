/// What a file's video stream is.
package struct VideoDescription: Sendable, Hashable {
    /// Of the upright frame with square pixels: turned by the display matrix, widened by the sample aspect ratio.
    package var width: Int
    package var height: Int
    /// Degrees clockwise by which the stored picture is turned to stand upright: 0, 90, 180 or 270.
    package var rotation: Int
    /// Seconds; 0 when neither the container nor the frames seen so far tell.
    package var duration: Double
    /// Average frames per second; 0 when unknown.
    package var fps: Double
    /// libav's name, `h264`.
    package var codec: String
    /// libav's name of the demuxer, `mov`.
    package var container: String
    package var hasAudio: Bool

    package init(
        width: Int, height: Int, rotation: Int, duration: Double, fps: Double, codec: String, container: String,
        hasAudio: Bool
    ) {
        self.width = width
        self.height = height
        self.rotation = rotation
        self.duration = duration
        self.fps = fps
        self.codec = codec
        self.container = container
        self.hasAudio = hasAudio
    }
}
