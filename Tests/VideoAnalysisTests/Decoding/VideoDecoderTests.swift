import TestSupport
import Testing

@testable import VideoAnalysis

@Suite struct VideoDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var width = 320
        var height = 240
        var frames: Int
        var fps: Double
        var codec: String
        var container: String

        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "bframes.mp4",
            arguments: Fixture.scene(320, 240) + ["-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"],
            frames: 50, fps: 25, codec: "h264", container: "mov"),
        Case(
            name: "plain.mov", arguments: Fixture.scene(320, 240) + Fixture.h264, frames: 50, fps: 25, codec: "h264",
            container: "mov"),
        Case(
            name: "vp8.webm", arguments: Fixture.scene(320, 240) + ["-c:v", "libvpx"], frames: 50, fps: 25,
            codec: "vp8", container: "matroska"),
        Case(
            name: "ten-bit.mkv",
            arguments: Fixture.scene(320, 240) + [
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
            ],
            frames: 50, fps: 25, codec: "h264", container: "matroska"),
        Case(
            name: "mpeg4.avi", arguments: Fixture.scene(320, 240) + ["-c:v", "mpeg4"], frames: 50, fps: 25,
            codec: "mpeg4", container: "avi"),
        Case(
            name: "stream.ts", arguments: Fixture.scene(320, 240) + Fixture.h264, frames: 50, fps: 25, codec: "h264",
            container: "mpegts"),
        Case(
            name: "gray.mp4",
            arguments: Fixture.scene(320, 240) + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "gray"],
            frames: 50, fps: 25, codec: "h264", container: "mov"),
        Case(
            name: "odd-444.mp4",
            arguments: Fixture.scene(321, 241) + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"],
            width: 321, height: 241, frames: 50, fps: 25, codec: "h264", container: "mov"),
        Case(
            name: "odd-420.mkv", arguments: Fixture.scene(37, 23) + ["-c:v", "ffv1", "-pix_fmt", "yuv420p"], width: 37,
            height: 23, frames: 50, fps: 25, codec: "ffv1", container: "matroska"),
        Case(
            name: "tiny.mkv", arguments: Fixture.scene(2, 2) + ["-c:v", "ffv1"], width: 2, height: 2, frames: 50,
            fps: 25, codec: "ffv1", container: "matroska"),
        Case(
            name: "one-frame.mp4", arguments: Fixture.scene(320, 240) + ["-frames:v", "1"] + Fixture.h264, frames: 1,
            fps: 25, codec: "h264", container: "mov"),
        Case(
            name: "slow.mp4", arguments: Fixture.scene(320, 240, rate: 1, seconds: 5) + Fixture.h264, frames: 5, fps: 1,
            codec: "h264", container: "mov"),
        Case(
            name: "fast.mp4", arguments: Fixture.scene(320, 240, rate: 120, seconds: 1) + Fixture.h264, frames: 120,
            fps: 120, codec: "h264", container: "mov"),
        Case(
            name: "interlaced.mp4",
            arguments: Fixture.scene(320, 240) + ["-vf", "tinterlace=interleave_top"] + Fixture.h264
                + ["-flags", "+ildct+ilme"], frames: 25, fps: 12.5, codec: "h264", container: "mov"),
    ]

    @Test(arguments: cases)
    func readsEveryFrameOfTheFormat(_ item: Case) async throws {
        let decoded = try await DecodedVideo.decode(try await Fixture.media(item.name, item.arguments))
        #expect(decoded.video.width == item.width)
        #expect(decoded.video.height == item.height)
        #expect(decoded.imageSizes == Set([[item.width, item.height]]))
        #expect(decoded.video.codec == item.codec)
        #expect(decoded.video.container == item.container)
        #expect(isClose(decoded.video.fps, item.fps, within: 0.01))
        #expect(decoded.video.rotation == 0)
        #expect(!decoded.video.hasAudio)
        #expect(decoded.corruptPackets == 0)
        #expect(decoded.timestamps.count == item.frames)
        for (index, timestamp) in decoded.timestamps.enumerated() {
            #expect(isClose(timestamp, Double(index) / item.fps, within: 0.002))
        }
        #expect(isClose(decoded.endTimestamp, Double(item.frames) / item.fps, within: 0.05))
    }

    @Test func readsTheSampleAsItIs() async throws {
        let decoded = try await DecodedVideo.decode(try await TestVideo.sample(seconds: 4))
        #expect(decoded.video.width == 768)
        #expect(decoded.video.height == 576)
        #expect(decoded.timestamps.count == 40)
    }

    @Test func startsAtZeroWhereverTheStreamStarts() async throws {
        let path = try await Fixture.media(
            "offset.ts",
            ["-i", try await Fixture.plain(), "-c", "copy", "-output_ts_offset", "100", "-muxdelay", "0"])
        let decoded = try await DecodedVideo.decode(path)
        #expect(decoded.timestamps.count == 50)
        #expect(isClose(decoded.timestamps.first ?? -1, 0, within: 0.05))
        #expect(isClose(decoded.timestamps.last ?? -1, 1.96, within: 0.05))
    }

    @Test func keepsTheTimesOfAVariableFrameRate() async throws {
        let path = try await Fixture.media(
            "variable.mkv",
            Fixture.scene(320, 240) + ["-vf", "select='lt(n,10)+not(mod(n,8))'", "-vsync", "vfr"] + Fixture.h264)
        let kept = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 24, 32, 40, 48]
        let expected = kept.map { Double($0) / 25 }
        let decoded = try await DecodedVideo.decode(path)
        #expect(decoded.timestamps.count == expected.count)
        for (timestamp, time) in zip(decoded.timestamps, expected) { #expect(isClose(timestamp, time, within: 0.002)) }
    }

    /// `a b c d` of the display matrix, degrees clockwise.
    @Test(
        arguments: [
            ([1, 0, 0, 1], 0), ([0, 1, -1, 0], 90), ([-1, 0, 0, -1], 180), ([0, -1, 1, 0], 270),
            ([-1, 0, 0, 1], 180), ([1, 0, 0, -1], 0), ([0, 1, 1, 0], 90), ([0, -1, -1, 0], 270),
        ] as [([Int32], Int)])
    func standsUpright(matrix: [Int32], rotation: Int) async throws {
        var bytes = try Fixture.bytes(of: try await Fixture.quarters())
        let header = try #require(bytes.indices.first { bytes[$0...].starts(with: "tkhd".utf8) })
        for (place, value) in zip([0, 1, 3, 4], matrix) {
            let start = header + 44 + place * 4
            let entry = (value * 65_536).bigEndian
            withUnsafeBytes(of: entry) { bytes.replaceSubrange(start..<start + 4, with: $0) }
        }
        let name = "turned\(matrix.map(String.init).joined(separator: ",")).mp4"
        let decoded = try await DecodedVideo.decode(try Fixture.file(name, bytes))
        try expectCorners(of: decoded, matrix: matrix, rotation: rotation)
    }

    @Test func standsUprightAsTheCodecSays() async throws {
        let path = try await Fixture.media(
            "turned-by-codec.mp4",
            [
                "-i", try await Fixture.quarters(), "-c", "copy", "-bsf:v",
                "h264_metadata=display_orientation=insert:rotate=90",
            ])
        try expectCorners(of: try await DecodedVideo.decode(path), matrix: [0, -1, 1, 0], rotation: 270)
    }

    /// ISO/IEC 14496-12 8.3.2: a stored point `(p, q)` is shown at `(a p + c q, b p + d q)`, moved into the picture.
    private func expectCorners(of decoded: DecodedVideo, matrix: [Int32], rotation: Int) throws {
        #expect(decoded.video.rotation == rotation)
        let (width, height) = matrix[0] == 0 ? (240, 320) : (320, 240)
        #expect([decoded.video.width, decoded.video.height] == [width, height])
        try #require(decoded.imageSizes == Set([[width, height]]))
        let stored: [(Int32, Int32, String)] = [(-1, -1, "red"), (1, -1, "green"), (-1, 1, "blue"), (1, 1, "white")]
        for (p, q, colour) in stored {
            let (x, y) = (matrix[0] * p + matrix[2] * q, matrix[1] * p + matrix[3] * q)
            let seen = decoded.firstImage.pixel(x < 0 ? 20 : width - 20, y < 0 ? 20 : height - 20)
            #expect(name(of: seen) == colour)
        }
    }

    private func name(of pixel: [Int]) -> String {
        switch (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) {
        case (true, true, true): "white"
        case (true, _, _): "blue"
        case (_, true, _): "green"
        default: "red"
        }
    }

    @Test(
        arguments: [
            ("anamorphic.mp4", ["-vf", "setsar=64/45"], [512, 288]),
            ("narrow.mkv", ["-vf", "setsar=1/2"], [180, 288]),
            // The container's word counts, as for players: the codec's is left as it is.
            ("said-otherwise.mkv", ["-vf", "setsar=64/45", "-aspect", "2:1"], [576, 288]),
            ("nonsense.mp4", ["-vf", "setsar=1/100"], [360, 288]),
        ] as [(String, [String], [Int])])
    func showsAnamorphicVideoWithSquarePixels(name: String, arguments: [String], size: [Int]) async throws {
        let path = try await Fixture.media(
            name, Fixture.scene(360, 288, seconds: 0.4) + arguments + Fixture.h264)
        let decoded = try await DecodedVideo.decode(path)
        #expect(decoded.imageSizes == Set([size]))
        #expect([decoded.video.width, decoded.video.height] == size)
    }

    @Test func anAnamorphicVideoThatIsTurnedIsWidenedBeforeItIsTurned() async throws {
        let wide = try await Fixture.media(
            "anamorphic.mp4", Fixture.scene(360, 288, seconds: 0.4) + ["-vf", "setsar=64/45"] + Fixture.h264)
        let path = try await Fixture.media(
            "anamorphic-turned.mp4", ["-i", wide, "-c", "copy", "-metadata:s:v:0", "rotate=90"])
        #expect(try await DecodedVideo.decode(path).imageSizes == Set([[288, 512]]))
    }

    @Test func takesTheDefaultAmongSeveralVideosAndNoThumbnail() async throws {
        let small = try await Fixture.media("second.mp4", Fixture.scene(160, 120, seconds: 1) + Fixture.h264)
        let thumbnail = try await Fixture.media("thumbnail.png", Fixture.scene(640, 640) + ["-frames:v", "1"])
        let plain = try await Fixture.plain()
        let both = ["-i", thumbnail, "-i", plain, "-i", small, "-map", "0", "-map", "1", "-map", "2", "-c", "copy"]
        let cases = [
            ("default-second.mp4", ["-disposition:v:1", "0", "-disposition:v:2", "default"], [160, 120]),
            ("default-first.mp4", ["-disposition:v:1", "default", "-disposition:v:2", "0"], [320, 240]),
        ]
        for (name, disposition, size) in cases {
            let path = try await Fixture.media(name, both + ["-disposition:v:0", "attached_pic"] + disposition)
            #expect(try await DecodedVideo.decode(path).imageSizes == Set([size]))
        }
        let without = try await Fixture.media(
            "no-default.ts", ["-i", small, "-i", plain, "-map", "0", "-map", "1", "-c", "copy"])
        #expect(try await DecodedVideo.decode(without).imageSizes == Set([[320, 240]]))
    }

    @Test func scalesToTheFirstSizeWhenTheResolutionChanges() async throws {
        let large = try await Fixture.media("large.ts", Fixture.scene(320, 240, seconds: 1) + Fixture.h264)
        let small = try await Fixture.media("small.ts", Fixture.scene(160, 120, seconds: 1) + Fixture.h264)
        let path = try Fixture.file("changing.ts", try Fixture.bytes(of: large) + Fixture.bytes(of: small))
        let decoded = try await DecodedVideo.decode(path)
        #expect(decoded.imageSizes == Set([[320, 240]]))
        #expect(decoded.timestamps.count >= 45)
        #expect(zip(decoded.timestamps, decoded.timestamps.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func coverArtIsNotTheVideo() async throws {
        let cover = try await Fixture.media("cover.jpg", Fixture.scene(640, 640) + ["-frames:v", "1"])
        let path = try await Fixture.media(
            "with-cover.mp4",
            ["-i", try await Fixture.plain(), "-f", "lavfi", "-i", "sine=duration=2", "-i", cover]
                + ["-map", "2", "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "aac"]
                + ["-disposition:v:0", "attached_pic"])
        let decoded = try await DecodedVideo.decode(path)
        #expect(decoded.imageSizes == Set([[320, 240]]))
        #expect(decoded.timestamps.count == 50)
        #expect(decoded.video.hasAudio)
    }

    @Test func skipsAndCountsDamagedPackets() async throws {
        let source = try await Fixture.media(
            "intra.mkv", Fixture.scene(320, 240) + ["-c:v", "ffv1", "-slicecrc", "1", "-level", "3", "-g", "1"])
        var bytes = try Fixture.bytes(of: source)
        for offset in bytes.count / 2..<bytes.count / 2 + 60_000 { bytes[offset] = 0x5A }
        let decoded = try await DecodedVideo.decode(try Fixture.file("damaged.mkv", bytes))
        #expect(decoded.corruptPackets > 0)
        #expect((10..<50).contains(decoded.timestamps.count))
    }

    @Test func countsPacketsOfWhichTheCodecMadeUpAPart() async throws {
        var bytes = try Fixture.bytes(of: try await Fixture.media("sliced.mp4", Fixture.scene(320, 240) + Fixture.h264))
        for offset in bytes.count / 2..<bytes.count / 2 + 2_000 { bytes[offset] = 0x5A }
        let path = try Fixture.file("patched.mp4", bytes)
        let decoded = try await DecodedVideo.decode(path)
        #expect((1..<50).contains(decoded.corruptPackets))
        #expect((45...50).contains(decoded.timestamps.count))
        for _ in 0..<4 { #expect(try await DecodedVideo.decode(path).corruptPackets == decoded.corruptPackets) }
    }

    @Test func countsTheLastPictureThoughItsErrorComesWithTheEnd() async throws {
        let source = try await Fixture.media("mjpeg.avi", Fixture.scene(320, 240, seconds: 0.2) + ["-c:v", "mjpeg"])
        let bytes = Fixture.withGiantPictures(try Fixture.bytes(of: source), from: 4)
        let decoded = try await DecodedVideo.decode(try Fixture.file("last-giant.avi", bytes))
        #expect(decoded.timestamps.count == 4)
        #expect(decoded.corruptPackets == 1)
    }

    @Test(arguments: ["avi", "mkv", "ts"])
    func aFileWithoutItsEndIsDamagedThoughAllElseIsSound(container: String) async throws {
        let source = try await Fixture.media("end.\(container)", Fixture.scene(320, 240) + Fixture.h264)
        #expect(try await DecodedVideo.decode(source).corruptPackets == 0)
        let bytes = try Fixture.bytes(of: source)
        let decoded = try await DecodedVideo.decode(try Fixture.file("endless.\(container)", bytes.dropLast(5)))
        #expect(decoded.timestamps.count >= 49)
        #expect(decoded.corruptPackets > 0)
    }

    @Test func givesThePartBeforeACutAndCountsTheRest() async throws {
        let source = try await Fixture.media(
            "streamable.mp4", Fixture.scene(320, 240) + Fixture.h264 + ["-g", "10", "-movflags", "+faststart"])
        let bytes = try Fixture.bytes(of: source)
        let decoded = try await DecodedVideo.decode(try Fixture.file("cut.mp4", bytes.prefix(bytes.count / 2)))
        #expect((5..<45).contains(decoded.timestamps.count))
        #expect(decoded.corruptPackets > 0)
    }
}
