import JSON
import Testing
import VideoAnalysis

@testable import AnalysisService

@Suite struct ManifestDocumentTests {
    private static let whole = #"""
        {"family": "yolov8", "file": "nets/m.onnx",
         "sha256": "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
         "input": {"width": 640, "height": 480, "channels": "rgb", "range": [0, 1], "mean": [0.5, 0.25, 0],
                   "std": [1, 2, 0.5], "letterbox": "center", "pad": 0},
         "labels": ["person", "gnome"], "licence": "MIT"}
        """#

    @Test func everyFieldIsRead() throws {
        let document = try ManifestDocument(parsing: Array(Self.whole.utf8))
        #expect(document.file == "nets/m.onnx")
        #expect(document.sha256 == "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
        #expect(
            document.manifest
                == ModelManifest(
                    family: .yolov8,
                    input: .init(
                        width: 640, height: 480, channels: .rgb, range: 0...1, mean: [0.5, 0.25, 0],
                        std: [1, 2, 0.5], letterbox: .center, pad: 0), labels: ["person", "gnome"], licence: "MIT"))
    }

    @Test func whatIsWrittenIsReadTheSame() throws {
        let document = try ManifestDocument(parsing: Array(Self.whole.utf8))
        #expect(try ManifestDocument(parsing: Array(document.json.serialized().utf8)) == document)
    }

    @Test func meanDeviationDigestAndPadMayBeLeftOut() throws {
        let text = #"""
            {"family": "yolox", "file": "m.onnx", "labels": "coco",
             "input": {"width": 416, "height": 416, "channels": "bgr", "range": [0, 255], "letterbox": "topleft"}}
            """#
        let document = try ManifestDocument(parsing: Array(text.utf8))
        #expect(document.sha256 == nil && document.manifest.licence == nil)
        let input = document.manifest.input
        #expect(input.mean == [0, 0, 0] && input.std == [1, 1, 1] && input.pad == 114 && input.range == 0...255)
        #expect(document.manifest.labels.count == 80 && document.manifest.labels[79] == "toothbrush")
    }

    @Test(arguments: [
        (#""family": "yolov8""#, #""family": "yolo9000""#, "family: expected one of yolox, yolov5"),
        (#""family": "yolov8","#, "", "family: expected string, found nothing"),
        (#""width": 640"#, #""width": "640""#, "input.width: expected integer, found string"),
        (#""width": 640"#, #""width": 0"#, "input.width: expected 16 to 8192, found 0"),
        (#""channels": "rgb""#, #""channels": "yuv""#, "input.channels: expected one of bgr, rgb"),
        ("[0, 1]", "[1, 0]", "input.range: the first number is not below the second"),
        ("[0, 1]", "[0]", "input.range: expected 2 numbers, found 1"),
        ("[0.5, 0.25, 0]", "[0.5, true, 0]", "input.mean[1]: expected number"),
        ("[1, 2, 0.5]", "[1, 0, 1]", "input.std: a standard deviation is 0"),
        (#""pad": 0"#, #""pad": 256"#, "input.pad: expected 0 to 255"),
        (#""letterbox""#, #""leterbox""#, "input.leterbox: unknown"),
        (#""licence""#, #""license""#, "license: unknown; expected one of"),
        (#""gnome""#, "7", "labels[1]: expected string"), (#"["person", "gnome"]"#, "[]", "labels: there are no"),
        (#"["person", "gnome"]"#, #""voc""#, #"labels: expected "coco" or an array"#),
        ("nets/m.onnx", "../m.onnx", "file: expected a path below"), ("nets/m.onnx", "/m.onnx", "file: expected"),
        ("nets/m.onnx", "/\u{301}m.onnx", "file: expected"),
        ("nets/m.onnx", "a/../\u{301}/../m.onnx", "file: expected"),
        ("0011223344", "zz", "sha256: expected 64 hexadecimal digits"),
        ("0011223344", "\u{ff10}011223344", "sha256: expected 64 hexadecimal digits"),
        ("[0, 1]", "[0, 1e39]", "input.range[1]: number out"), ("[1, 2, 0.5]", "[1, 2, -1e39]", "input.std[2]: number"),
    ])
    func anErrorNamesThePlace(part: String, replacement: String, expected: String) throws {
        let text = Self.whole.replacing(part, with: replacement)
        #expect(text != Self.whole)
        let error = try #require(throws: JSONError.self) { try ManifestDocument(parsing: Array(text.utf8)) }
        #expect("\(error)".hasPrefix(expected), "\(error)")
    }
}
