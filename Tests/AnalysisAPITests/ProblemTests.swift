import JSON
import Testing

@testable import AnalysisAPI

@Suite struct ProblemTests {
    @Test(arguments: ProblemCode.allCases)
    func everyProblemIsReadBackFromItsJSON(_ code: ProblemCode) throws {
        let problem = Problem(code: code, detail: "videos/a.mp4: why", retryAfterSeconds: 3)
        let text = problem.json.serialized()
        #expect(
            try Problem(json: try JSON(parsing: text), status: code.status, retryAfterSeconds: 3) == problem)
        #expect(!code.title.hasSuffix("."))
        #expect(code.advice.hasSuffix("."))
        #expect((400...599).contains(code.status))
    }

    @Test func theJSONHasTheMembersOfRFC9457() throws {
        let json = Problem(code: .objectNotFound, detail: "no videos/a.mp4").json.node
        #expect(try json["status"].int() == 404)
        #expect(try json["code"].string() == "object_not_found")
        #expect(try json["type"].string() == "urn:framelake:problem:object_not_found")
        #expect(try json["title"].string() == "The object does not exist")
        #expect(try json["detail"].string() == "no videos/a.mp4")
        #expect(try json["advice"].string().isEmpty == false)
    }

    @Test(arguments: [
        (#"{"code":"no_such_code"}"#, 404), (#"{"detail":"Not Found"}"#, 404), (#"{"code":"object_not_found"}"#, 500),
        (#"[]"#, 404), (#"{"code":404}"#, 404),
    ])
    func theBodyOfAnotherServerIsNoProblem(_ text: String, _ status: Int) {
        #expect(throws: JSONError.self) { try Problem(json: try JSON(parsing: text), status: status) }
    }

    @Test func onlyWhatTimeCanMendIsTemporary() {
        let temporary = ProblemCode.allCases.filter { !$0.isPermanent }
        #expect(
            Set(temporary) == [
                .unauthorized, .requestTimedOut, .objectChanged, .internalError, .analysisCrashed, .s3Error,
                .atCapacity,
                .stopping,
                .databaseUnavailable, .downloadTimedOut, .analysisTimedOut, .publishTimedOut, .workFolderFull,
            ])
    }
}
