import CFFmpeg

/// Which demuxer a file needs, found from its content before anything is opened by it.
///
/// libav reads playlists and scripts too (HLS, DASH, ffconcat), whatever the file is called, and follows them to other
/// files and hosts. So only demuxers of containers that carry their media inside are ever started.
struct MediaContainer {
    /// libav's names of the demuxers that may run. The audio ones are here to tell "no video" from "no media".
    static let accepted: Set<String> = [
        "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg", "mxf", "mxf_opatom", "nut",
        "ivf", "gxf", "h264", "hevc", "m4v", "av1", "obu", "vc1", "vc1test", "dv", "dirac", "rm", "wtv", "nsv",
        "yuv4mpegpipe", "roq", "bink", "smk", "gif", "amv", "mtv", "viv", "flic", "rpl", "film_cpk", "lmlm4", "pva",
        "mp3", "wav", "w64", "flac", "aac", "ac3", "eac3", "aiff", "amr", "caf", "ape", "wv", "tta", "dts", "au", "tak",
    ]

    private static let playlists: Set<String> = [
        "hls", "dash", "concat", "ffmetadata", "rtsp", "sdp", "imf", "webm_dash_manifest",
    ]

    let format: UnsafePointer<AVInputFormat>
    /// The first of libav's names for the demuxer, `mov`.
    let name: String
    /// Whether the file ends before it should by its own first bytes.
    let isCutOff: Bool

    /// - Throws: `notAVideo`.
    init(path: String) throws(VideoAnalysisError) {
        LibAV.isPrepared
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        defer { av_dict_free(&options) }
        var input: UnsafeMutablePointer<AVIOContext>?
        let status = avio_open2(&input, LibAV.address(of: path), AVIO_FLAG_READ, nil, &options)
        guard status >= 0, let opened = input else {
            throw VideoAnalysisError(.notAVideo, "The file cannot be read: \(LibAV.message(for: status)).")
        }
        defer { avio_closep(&input) }
        guard avio_size(opened) != 0 else { throw VideoAnalysisError(.notAVideo, "The file is empty.") }

        var found: UnsafePointer<AVInputFormat>?
        let score = av_probe_input_buffer2(opened, &found, LibAV.address(of: path), nil, 0, 0)
        guard score > Self.leastScore, let found else {
            throw VideoAnalysisError(.notAVideo, "The file's content is of no video format.")
        }
        let names = LibAV.text(found.pointee.name).split(separator: ",").map(String.init)
        name = names.first ?? ""
        if !Self.playlists.isDisjoint(with: names) {
            throw VideoAnalysisError(
                .notAVideo, "The file is a playlist or script (\(name)) that points elsewhere; send the video itself.")
        }
        guard !Self.accepted.isDisjoint(with: names) else {
            throw VideoAnalysisError(
                .notAVideo, "The file's content is no video but \(LibAV.text(found.pointee.long_name)) (\(name)).")
        }
        format = found
        // Probing has left the input at its start.
        var head = [UInt8](repeating: 0, count: DeclaredLength.headBytes)
        head.removeLast(head.count - Int(max(0, avio_read(opened, &head, Int32(head.count)))))
        isCutOff = DeclaredLength.isCutOff(head: head, fileSize: avio_size(opened), container: name)
    }

    /// Scores up to libav's "try again with more bytes" are guesses: random bytes and text reach them.
    private static let leastScore = 100 / 4 - 1
}
