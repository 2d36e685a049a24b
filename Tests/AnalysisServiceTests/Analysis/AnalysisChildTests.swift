import AnalysisAPI
import Testing

@testable import AnalysisService

@Suite struct AnalysisChildTests {
    @Test(arguments: [
        ("not_a_video: The file is empty.\n", ProblemCode.notAVideo, "The file is empty."),
        ("noise of a library\ncorrupt_video: Cut off: at 3 s.\n", .corruptVideo, "Cut off: at 3 s."),
        ("too_large: first\nwork_folder_full: second\nnoise", .workFolderFull, "second"),
    ])
    func lastLineWithACodeIsTheReason(text: String, code: ProblemCode, detail: String) {
        #expect(AnalysisChild.problem(in: text) == Problem(code: code, detail: detail))
    }

    @Test(arguments: ["", "no code here", "unauthorized: a child cannot know", "superseded: neither", ": "])
    func otherTextIsNoReason(text: String) {
        #expect(AnalysisChild.problem(in: text) == nil)
    }
}
