import Testing

@testable import VideoAnalysis

/// Every frame's picture tells its time: a white square goes to the right at a known speed. So a timestamp that belongs
/// to another frame shows, whatever the container made of it.
@Suite struct MovingSquareTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What ffmpeg makes of the square's video, or of other input.
        var arguments: [String]
        var input = MovingSquare.input()
        var frames = 25
        /// The time in the square's video at which the file's time is 0.
        var start = 0.0
        /// The first frame's timestamp.
        var first = 0.0

        var testDescription: String { name }
    }

    private static let bFrames = [
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "12", "-pix_fmt", "yuv420p",
    ]

    static let containers = [
        Case(name: "square.mp4", arguments: bFrames),
        Case(name: "square.mov", arguments: bFrames),
        Case(name: "square.mkv", arguments: bFrames),
        Case(name: "square.ts", arguments: bFrames),
        Case(name: "square.flv", arguments: bFrames),
        Case(name: "square-h264.avi", arguments: bFrames),
        Case(name: "square.h264", arguments: bFrames),
        Case(name: "square-vp9.webm", arguments: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]),
        Case(name: "square-mpeg4.avi", arguments: ["-c:v", "mpeg4", "-bf", "2"]),
        Case(name: "square-mpeg2.mpg", arguments: ["-c:v", "mpeg2video", "-bf", "2"]),
        Case(name: "square-mpeg2.ts", arguments: ["-c:v", "mpeg2video", "-bf", "2"]),
        Case(
            name: "square-hevc.mp4",
            arguments: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=0"]),
        Case(
            name: "square-hevc.ts",
            arguments: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=0"]),
        Case(name: "square-wmv.asf", arguments: ["-c:v", "wmv2"]),
        Case(name: "square.ogv", arguments: ["-c:v", "libtheora"]),
        Case(name: "square-mjpeg.avi", arguments: ["-c:v", "mjpeg"]),
        Case(name: "square.gif", arguments: []),
        Case(name: "square.y4m", arguments: ["-pix_fmt", "yuv420p"]),
        Case(name: "square.mxf", arguments: ["-c:v", "mpeg2video", "-bf", "2", "-vf", "scale=256:64"]),
        Case(name: "fragmented.mp4", arguments: bFrames + ["-movflags", "frag_keyframe+empty_moov"]),
        Case(name: "no-duration.mkv", arguments: bFrames + ["-live", "1"]),
    ]

    static let formats = [
        Case(name: "square-10-bit.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuv420p10le"]),
        Case(name: "square-444.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuv444p"]),
        Case(name: "square-gray10.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "gray10le"]),
        Case(name: "square-alpha.mkv", arguments: ["-c:v", "ffv1", "-pix_fmt", "yuva420p"]),
        Case(name: "square-rgb.avi", arguments: ["-c:v", "huffyuv", "-pix_fmt", "rgb24"]),
        Case(name: "square-full-range.mp4", arguments: ["-c:v", "libx264", "-pix_fmt", "yuvj420p"]),
        Case(name: "square-interlaced.ts", arguments: ["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1"]),
        Case(name: "square-odd.mkv", arguments: ["-c:v", "ffv1", "-vf", "crop=239:47:0:0"]),
    ]

    static let clocks = [
        Case(name: "square-offset.ts", arguments: bFrames + ["-output_ts_offset", "100", "-muxdelay", "0"]),
        Case(name: "square-offset.mkv", arguments: bFrames + ["-output_ts_offset", "100"]),
        Case(name: "square-delayed.mp4", arguments: bFrames + ["-output_ts_offset", "5"]),
        // The timestamps' 33 bits run over at 95,443.7 s.
        Case(name: "square-wrap.ts", arguments: bFrames + ["-output_ts_offset", "95443.2", "-muxdelay", "0"]),
        Case(
            name: "square-variable.mp4",
            arguments: ["-vf", "select='lt(n,8)+not(mod(n,5))'", "-vsync", "vfr"] + bFrames,
            frames: 11),
        Case(
            name: "square-variable.mkv",
            arguments: ["-vf", "select='lt(n,8)+not(mod(n,5))'", "-vsync", "vfr"] + bFrames,
            frames: 11),
        Case(
            name: "square-gap.ts", arguments: ["-vf", "select='lt(n,5)+gt(n,19)'", "-vsync", "vfr"] + bFrames,
            frames: 10),
        Case(
            name: "square-gap.mp4", arguments: ["-vf", "select='lt(n,5)+gt(n,19)'", "-vsync", "vfr"] + bFrames,
            frames: 10),
        Case(
            name: "square-1-fps.mp4", arguments: bFrames, input: MovingSquare.input(rate: 1, seconds: 3, speed: 50),
            frames: 3),
        Case(name: "square-120-fps.mp4", arguments: bFrames, input: MovingSquare.input(rate: 120), frames: 120),
    ]

    private static func square() async throws -> String {
        try await Fixture.media("square.mp4", MovingSquare.input().arguments + bFrames)
    }

    @Test(arguments: [
        // Begins at a frame between two key frames: an edit list leaves out what comes before.
        Case(name: "edited.mp4", arguments: ["-ss", "0.6", "-i", "SQUARE", "-c", "copy"], frames: 10, start: 0.6),
        Case(name: "edited.mov", arguments: ["-ss", "0.6", "-i", "SQUARE", "-c", "copy"], frames: 10, start: 0.6),
        // The sound begins earlier.
        Case(
            name: "late.mp4",
            arguments: ["-itsoffset", "0.7", "-i", "SQUARE", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "copy"]),
        Case(name: "no-edit-list.mp4", arguments: ["-i", "SQUARE", "-c", "copy", "-use_editlist", "0"]),
        Case(
            name: "pieces.mp4", arguments: ["-i", "SQUARE", "-c", "copy", "-movflags", "frag_every_frame+empty_moov"]),
        // As recorded from a running broadcast: what comes before the first key frame cannot be decoded.
        Case(
            name: "joined-late.ts",
            arguments: ["-i", "SQUARE", "-c", "copy", "-copyts", "-bsf:v", "h264_mp4toannexb,noise=drop=lt(n\\,3)"],
            frames: 13, start: 0.16, first: 0.32),
    ])
    func everyFrameOfARemuxedVideoHasTheTimeOfItsPicture(_ item: Case) async throws {
        let square = try await Self.square()
        let path = try await Fixture.media(item.name, item.arguments.map { $0 == "SQUARE" ? square : $0 })
        try await check(path, item)
    }

    @Test(arguments: containers + formats + clocks)
    func everyFrameHasTheTimeOfItsPicture(_ item: Case) async throws {
        let path = try await Fixture.media(item.name, item.input.arguments + item.arguments)
        try await check(path, item)
    }

    private func check(_ path: String, _ item: Case) async throws {
        let seen = try await MovingSquare.seen(in: path)
        #expect(seen.count == item.frames, "\(item.name): \(seen.count) frames")
        let first = seen.first?.timestamp ?? -1
        #expect(isClose(first, item.first, within: 0.02), "\(item.name): begins at \(first)")
        for frame in seen {
            let expected = item.input.x(at: frame.timestamp + item.start)
            #expect(abs(frame.x - expected) < 4, "\(item.name): \(frame.timestamp) \(frame.x) not \(expected)")
        }
    }
}
