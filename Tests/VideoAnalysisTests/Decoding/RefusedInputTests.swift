import Foundation
import Testing

@testable import VideoAnalysis

/// What is not a video that can be analysed gets its code and a sentence.
@Suite struct RefusedInputTests {
    private func code(_ path: String, limits: VideoDecoder.Limits = DecodedVideo.limits) async throws
        -> VideoAnalysisError.Code?
    {
        do {
            _ = try await DecodedVideo.decode(path, limits: limits)
            return nil
        } catch let error as VideoAnalysisError {
            #expect(error.message.count > 10 && error.message.hasSuffix("."))
            return error.code
        }
    }

    @Test(arguments: [
        ("zero.mp4", ""),
        ("text.mp4", "This is a text, renamed by someone who hopes for the best.\n"),
        ("playlist.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nplain.mp4\n#EXT-X-ENDLIST\n"),
        ("remote.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n"),
        ("script.mp4", "ffconcat version 1.0\nfile plain.mp4\n"),
        ("dash.mp4", "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"></MPD>\n"),
        (
            "sdp.mp4",
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n"
        ),
    ])
    func textIsNoVideo(name: String, content: String) async throws {
        _ = try await Fixture.plain()
        #expect(try await code(try Fixture.file(name, content.utf8)) == .notAVideo)
    }

    @Test func noiseIsNoVideo() async throws {
        var state: UInt64 = 7
        let noise = (0..<200_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
        #expect(try await code(try Fixture.file("noise.mp4", noise)) == .notAVideo)
    }

    @Test func aPictureIsNoVideo() async throws {
        let picture = try await Fixture.media("picture.jpg", Fixture.scene(64, 64) + ["-frames:v", "1"])
        #expect(try await code(try Fixture.file("picture.mp4", try Fixture.bytes(of: picture))) == .notAVideo)
    }

    @Test func aMissingFileIsSaidToBeMissing() async throws {
        let error = await #expect(throws: VideoAnalysisError.self) {
            try await DecodedVideo.decode("/no/such/file.mp4")
        }
        #expect(error?.message.contains("No such file") == true)
    }

    @Test(arguments: ["sound.mp4", "sound.wav", "sound.mkv"])
    func soundAloneHasNoVideo(name: String) async throws {
        let path = try await Fixture.media(name, ["-f", "lavfi", "-i", "sine=duration=1"])
        #expect(try await code(path) == .noVideoStream)
    }

    @Test func coverArtAloneIsNoVideo() async throws {
        let cover = try await Fixture.media("small-cover.jpg", Fixture.scene(64, 64) + ["-frames:v", "1"])
        let path = try await Fixture.media(
            "cover-only.mp4",
            ["-f", "lavfi", "-i", "sine=duration=1", "-i", cover, "-map", "0", "-map", "1", "-c:a", "aac"]
                + ["-c:v", "copy", "-disposition:v", "attached_pic"])
        #expect(try await code(path) == .noVideoStream)
    }

    @Test func aFileWithoutItsIndexIsCorrupt() async throws {
        let bytes = try Fixture.bytes(of: try await Fixture.plain())
        #expect(try await code(try Fixture.file("headless.mp4", bytes.prefix(bytes.count / 2))) == .corruptVideo)
    }

    @Test func aVideoWithoutOneGoodFrameIsCorrupt() async throws {
        let source = try await Fixture.media(
            "all-intra.mkv", Fixture.scene(320, 240, seconds: 0.2) + ["-c:v", "ffv1", "-slicecrc", "1", "-level", "3"])
        var bytes = try Fixture.bytes(of: source)
        for offset in 3_000..<bytes.count - 300 { bytes[offset] = 0x5A }
        #expect(try await code(try Fixture.file("no-frame.mkv", bytes)) == .corruptVideo)
    }

    @Test func anUnknownCodecIsNamed() async throws {
        var bytes = try Fixture.bytes(of: try await Fixture.plain())
        let name = Array("avc1".utf8)
        let places = bytes.indices.filter { bytes[$0...].starts(with: name) }
        for place in places where bytes[place - 4..<place] != [0, 0, 0, 0] {
            bytes.replaceSubrange(place..<place + 4, with: Array("zzzz".utf8))
        }
        #expect(try await code(try Fixture.file("unknown-codec.mp4", bytes)) == .unsupportedCodec)
    }

    @Test func keepsTheLimits() async throws {
        let path = try await Fixture.plain()
        #expect(try await code(path, limits: .init(maximumPixels: 320 * 239, maximumSeconds: 60)) == .tooLarge)
        #expect(try await code(path, limits: .init(maximumPixels: 320 * 240, maximumSeconds: 1)) == .tooLarge)
        #expect(try await code(path, limits: .init(maximumPixels: 320 * 240, maximumSeconds: 2)) == nil)
    }

    @Test func keepsTheLimitOnTimeWhenNoDurationIsDeclared() async throws {
        let path = try await Fixture.media(
            "endless.h264", Fixture.scene(320, 240) + Fixture.h264 + ["-bsf:v", "h264_mp4toannexb"])
        #expect(try await code(path, limits: .init(maximumPixels: 320 * 240, maximumSeconds: 1)) == .tooLarge)
    }

    @Test func aPictureOfTooManyPixelsIsToldBySizeThoughItsContainerDeclaresAnother() async throws {
        let source = try await Fixture.media(
            "mjpeg.avi", Fixture.scene(320, 240, seconds: 0.2) + ["-c:v", "mjpeg"])
        let bytes = Fixture.withGiantPictures(try Fixture.bytes(of: source))
        let path = try Fixture.file("mjpeg-giant.avi", bytes)
        let error = await #expect(throws: VideoAnalysisError.self) { try await DecodedVideo.decode(path) }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("65500 x 65500") == true)
    }

    @Test func moreStreamsThanAllowedAreTooMany() async throws {
        let path = try await Fixture.media(
            "three-streams.mp4",
            Fixture.scene(64, 64) + Fixture.h264 + ["-map", "0", "-map", "0", "-map", "0"])
        var limits = DecodedVideo.limits
        for (most, expected) in [(1, VideoAnalysisError.Code.tooLarge), (2, .tooLarge), (3, nil)] {
            limits.maximumStreams = most
            #expect(try await code(path, limits: limits) == expected)
        }
    }

    @Test(arguments: ["hasty.mp4", "hasty.nut"])
    func moreFramesThanACameraTakesAreTooMany(name: String) async throws {
        // 50 frames in 2.5 ms. Only the first container says beforehand how many there are.
        let path = try await Fixture.media(
            name, Fixture.scene(64, 64, rate: 20_000, seconds: 0.0025) + ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"])
        let error = await #expect(throws: VideoAnalysisError.self) {
            try await DecodedVideo.decode(path, limits: .init(maximumPixels: 64 * 64, maximumSeconds: 0.01))
        }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("frames or more; the limit is 10,") == true)
    }
}
