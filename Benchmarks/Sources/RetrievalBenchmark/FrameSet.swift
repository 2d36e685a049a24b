import Foundation
import VideoAnalysis

/// Where a frame of the benchmark is from.
enum Origin: String, CaseIterable {
    case videos = "sample videos"
    case cameras = "moving cameras"
    case drawn = "drawn scenes"
    case generated = "generated patterns"
}

/// Makes distinct frames: none shows what is left of another when a tenth of its width and height is cut off.
struct FrameSet {
    private static let documentation = URL(filePath: "/usr/share/doc/opencv-doc")
    /// What FFmpeg draws, and which of its frames are so far apart that they are distinct.
    private static let patterns = [
        "mandelbrot=size=320x240:rate=1:start_scale=2:end_scale=0.0001:end_pts=40:maxiter=2000",
        "testsrc2=size=320x240:rate=1",
        "gradients=size=320x240:rate=1:speed=0.05:seed=5,select=not(mod(n\\,10))",
        "life=size=160x120:rate=1:seed=3:mold=10:death_color=red:life_color=white,scale=320:240,select=not(mod(n\\,5))",
        "cellauto=size=320x240:rate=1:rule=110:seed=4:scroll=1,select=not(mod(n\\,60))",
    ]
    private static let framesOfPattern = 40
    /// Frames of one video whose thumbnails of 64 x 64 pixels differ less, in the mean of 0 to 255, are the same.
    private static let smallestDifference: Float = 1
    /// A frame whose levels have a smaller standard deviation shows nothing.
    private static let smallestDeviation: Float = 8

    private(set) var origins: [Origin] = []
    private let wanted: Int
    private let folder: URL
    private let encoder: FFmpeg.Encoder
    private var random = RandomSource(seed: 11)

    init(_ wanted: Int, of ownVideos: [URL], into video: URL, folder: URL) throws {
        (self.wanted, self.folder) = (wanted, folder)
        encoder = try FFmpeg.Encoder(video)
        let samples = ["vtest.avi", "Megamind.avi", "tree.avi"].map {
            Self.documentation.appending(path: "examples/data/\($0)")
        }
        for sample in samples + ownVideos { try append(sample, as: .videos, secondsBetween: 1) }
        try appendPatterns()
        let photographs = try Self.photographs()
        print("\(origins.count) frames of videos and patterns, \(photographs.count) photographs")
        try appendDrawnScenes(photographs, until: origins.count + (wanted - origins.count) * 2 / 5)
        try appendPassages(photographs)
        guard origins.count == wanted else {
            throw BenchmarkError(description: "there are pictures for \(origins.count) distinct frames only")
        }
        try encoder.finish()
    }

    private mutating func append(_ frame: Raster, as origin: Origin) throws {
        guard origins.count < wanted else { return }
        try encoder.append(frame)
        origins.append(origin)
    }

    private mutating func append(_ video: URL, as origin: Origin, secondsBetween seconds: Double) throws {
        let decoder = try VideoDecoder(video)
        var last: Raster?
        var next = 0.0
        while let time = try decoder.next() {
            guard time.timestamp >= next - 0.001 else { continue }
            let image = try decoder.currentImage()
            let thumbnail = Raster(try image.resized(width: 64, height: 64))
            if let last, Self.difference(thumbnail, last) < Self.smallestDifference { continue }
            last = thumbnail
            next = time.timestamp + seconds
            try append(
                Raster(try image.resized(width: Raster.frameWidth, height: Raster.frameHeight)), as: origin)
        }
    }

    private static func difference(_ first: Raster, _ second: Raster) -> Float {
        zip(first.pixels, second.pixels).reduce(0) { sum, pair in
            let difference = pair.0 - pair.1
            return sum + (abs(difference.x) + abs(difference.y) + abs(difference.z)) / 3
        } / Float(first.pixels.count)
    }

    private mutating func appendPatterns() throws {
        for (index, pattern) in Self.patterns.enumerated() {
            let video = folder.appending(path: "pattern-\(index).mp4")
            try FFmpeg.run([
                "-f", "lavfi", "-i", pattern, "-frames:v", "\(Self.framesOfPattern)", "-c:v", "libx264", "-crf", "10",
                "-pix_fmt", "yuv420p", video.path,
            ])
            try append(video, as: .generated, secondsBetween: 0)
        }
    }

    private mutating func appendDrawnScenes(_ photographs: [Raster], until count: Int) throws {
        while origins.count < count {
            let scene = DrawnScene(photographs: photographs, using: &random)
            for second in 0..<4 { try append(scene.picture(second: second, using: &random), as: .drawn) }
        }
    }

    private mutating func appendPassages(_ photographs: [Raster]) throws {
        let length = (wanted - origins.count) / (2 * photographs.count) + 3
        for photograph in photographs {
            for pose in CameraPose.passages(over: photograph, length: length, using: &random) {
                let picture = pose.picture(of: photograph)
                if picture.deviation >= Self.smallestDeviation { try append(picture, as: .cameras) }
            }
        }
    }

    /// The pictures in OpenCV's documentation that are no drawings: at least half of their pixels differ from the
    /// next.
    private static func photographs() throws -> [Raster] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: documentation.path)
        var known: Set<Data> = []
        var photographs: [Raster] = []
        for name in names.sorted() where [".jpg", ".jpeg", ".png"].contains(where: name.hasSuffix) {
            let file = try Data(contentsOf: documentation.appending(path: name))
            guard known.insert(file).inserted else { continue }
            guard let image = try picture(file), image.width >= 300, image.height >= 220 else { continue }
            let scale = min(1, 1280 / Double(max(image.width, image.height)))
            let photograph = Raster(
                try image.resized(
                    width: Int(Double(image.width) * scale), height: Int(Double(image.height) * scale)))
            let pairs = zip(photograph.pixels, photograph.pixels.dropFirst())
            if pairs.count(where: { $0 == $1 }) < photograph.pixels.count / 2 { photographs.append(photograph) }
        }
        guard !photographs.isEmpty else {
            throw BenchmarkError(description: "no photographs in \(documentation.path): install opencv-doc")
        }
        return photographs
    }

    /// Nil for what is no picture that the decoder takes.
    private static func picture(_ file: Data) throws -> Image? {
        do throws(VideoAnalysisError) {
            return try Image(decoding: [UInt8](file))
        } catch {
            guard error.code == .notAVideo else { throw error }
            return nil
        }
    }
}
