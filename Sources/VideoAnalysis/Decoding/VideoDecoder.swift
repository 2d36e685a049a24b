import CFFmpeg

/// Reads the frames of a local video file in order of presentation.
///
/// Only `file` is read and only demuxers of real containers run, see ``MediaContainer``. Damaged packets are
/// counted, and skipped where nothing can be decoded: a file that is cut off gives what there is. Not for use from two
/// threads at once.
package final class VideoDecoder {
    /// What a file may ask of this machine.
    package struct Limits: Sendable, Hashable {
        package var maximumPixels: Int
        package var maximumSeconds: Double
        package var maximumStreams = 64
        /// No camera takes more in so many seconds: what has more was made to cost time.
        package var maximumFrames: Int64 { Int64(clamping: Int((min(maximumSeconds, 1e9) * 1000).rounded(.up))) }

        package init(maximumPixels: Int, maximumSeconds: Double) {
            self.maximumPixels = maximumPixels
            self.maximumSeconds = maximumSeconds
        }
    }

    /// A frame's place in the video; its pixels are converted only when asked for, see ``currentImage()``.
    package struct FrameTime: Sendable, Hashable {
        /// Counts decoded frames from 0.
        package var frameNumber: Int64
        /// Seconds since the stream's start.
        package var timestamp: Double
    }

    package private(set) var video: VideoDescription
    package private(set) var framesDecoded: Int64 = 0
    /// Damaged packets so far: those skipped, those of which the codec made up a part, and those whose time is broken.
    /// The end that a cut-off file lacks counts as one.
    package var corruptPackets: Int64 {
        damagedPackets + clock.brokenTimestamps + (source.container.isCutOff ? 1 : 0)
    }
    /// Seconds from the stream's start to the end of the last frame so far.
    package private(set) var endTimestamp = 0.0

    private var damagedPackets: Int64 = 0
    private let limits: Limits
    private let source: MediaSource
    private let codec: CodecContext
    private var clock: FrameClock
    private let converter: FrameConverter
    private let frameSeconds: Double
    /// The first frame is decoded on opening, and waits here to be given.
    private var firstFrameWaits = true
    private var isDraining = false

    /// Opens the file and decodes its first frame.
    ///
    /// - Parameter threads: Frames that are decoded at once.
    /// - Throws: `notAVideo`, `noVideoStream`, `unsupportedCodec`, `tooLarge`, `corruptVideo` when no frame at all can
    ///   be decoded, `outOfMemory`.
    package init(path: String, limits: Limits, threads: Int = 2) throws(VideoAnalysisError) {
        self.limits = limits
        source = try MediaSource(path: path, limits: limits)
        codec = try CodecContext(stream: source.stream, limits: limits, threads: threads)
        let rate = source.framesPerSecond
        frameSeconds = rate > 0 ? 1 / rate : 0.04

        var isDraining = false
        var damagedPackets: Int64 = 0
        guard try Self.decode(source, codec, &isDraining, &damagedPackets) else {
            if let (width, height) = codec.refusedSize { throw MediaSource.tooManyPixels(width, height, limits) }
            throw VideoAnalysisError(
                .corruptVideo, "The file holds \(source.codecName) video, of which no frame can be decoded.")
        }
        self.isDraining = isDraining
        self.damagedPackets = damagedPackets
        let first = codec.frame.pointee
        guard first.width > 0, first.height > 0 else {
            throw VideoAnalysisError(.corruptVideo, "The video's frames have no size.")
        }
        // A container such as AVI has no presentation timestamps. What stands in for them, the order of decoding, runs
        // ahead by the frames that wait for their turn, and so does the stream's declared start.
        clock = FrameClock(
            secondsPerTick: source.secondsPerTick,
            streamStart: first.pts == cffmpeg_no_timestamp ? nil : source.startTimestamp, frameSeconds: frameSeconds,
            largestStep: limits.maximumSeconds)
        let orientation = source.orientation(of: codec.frame)
        converter = FrameConverter(
            frame: first, sampleAspectRatio: source.sampleAspectRatio(of: codec.frame), orientation: orientation)
        guard converter.width * converter.height <= limits.maximumPixels else {
            throw MediaSource.tooManyPixels(converter.width, converter.height, limits)
        }
        video = VideoDescription(
            width: converter.width, height: converter.height, rotation: orientation.rotation,
            duration: source.declaredSeconds ?? 0, fps: rate, codec: source.codecName,
            container: source.container.name, hasAudio: source.hasAudio)
    }

    /// Decodes the next frame.
    ///
    /// - Returns: Nil at the end of the video.
    /// - Throws: `tooLarge` when the video goes on beyond the limits, `outOfMemory`.
    package func next() throws(VideoAnalysisError) -> FrameTime? {
        if firstFrameWaits {
            firstFrameWaits = false
        } else if !(try Self.decode(source, codec, &isDraining, &damagedPackets)) {
            return nil
        }
        guard framesDecoded < limits.maximumFrames else {
            throw MediaSource.tooManyFrames(framesDecoded, limits)
        }
        let frame = codec.frame.pointee
        let pts = frame.best_effort_timestamp
        let timestamp = clock.seconds(at: pts == cffmpeg_no_timestamp ? nil : pts)
        guard timestamp <= limits.maximumSeconds else {
            throw MediaSource.tooLong(timestamp, limits)
        }
        let declared = Double(frame.pkt_duration) * source.secondsPerTick
        endTimestamp = timestamp + (declared > 0 && declared < 10 ? declared : frameSeconds)
        defer { framesDecoded += 1 }
        return FrameTime(frameNumber: framesDecoded, timestamp: timestamp)
    }

    /// The pixels of the frame that ``next()`` gave last, upright, with square pixels, of ``video``'s size.
    package func currentImage() throws(VideoAnalysisError) -> Image {
        try converter.image(from: codec.frame)
    }

    /// After as many nothing good is expected: a file can hold millions of packets that no decoder takes.
    private static let mostFailuresInARow = 10_000

    /// Brings the next decoded frame into `codec.frame`; false at the end.
    private static func decode(
        _ source: MediaSource, _ codec: CodecContext, _ isDraining: inout Bool, _ damagedPackets: inout Int64
    ) throws(VideoAnalysisError) -> Bool {
        var failuresInARow = 0
        while failuresInARow < mostFailuresInARow {
            switch try codec.receive() {
            case .frame:
                // The codec made up a part of the picture.
                if codec.frame.pointee.decode_error_flags != 0 { damagedPackets += 1 }
                return true
            case .end: return false
            case .damaged:
                damagedPackets += 1
                failuresInARow += 1
            case .needsPacket:
                guard !isDraining else { return false }
                switch try source.readPacket() {
                case .packet:
                    if try !codec.send(source.packet) {
                        damagedPackets += 1
                        failuresInARow += 1
                    }
                case .damaged:
                    damagedPackets += 1
                    failuresInARow += 1
                case .end:
                    isDraining = true
                    if try !codec.drain() { damagedPackets += 1 }
                }
            }
        }
        return false
    }
}
