import JSON
import Testing

@testable import AnalysisAPI

@Suite struct AnalyzeTests {
    @Test func aRequestIsReadBackFromItsJSON() throws {
        let short = AnalyzeRequest(bucket: "raw", key: "videos/a b+c.mp4")
        #expect(short.json.serialized() == #"{"s3_bucket":"raw","s3_key":"videos/a b+c.mp4"}"#)
        let whole = AnalyzeRequest(
            bucket: "raw", key: "videos/한국.mp4", videoID: "v", versionID: "3", etag: "e", sequencer: "0A", force: true)
        for request in [short, whole] {
            #expect(try AnalyzeRequest(json: try JSON(parsing: request.json.serialized())) == request)
        }
    }

    @Test(arguments: [
        (#"{"s3_key":"k"}"#, "s3_bucket: expected string, found nothing"),
        (#"{"s3_bucket":"b","s3_key":null}"#, "s3_key: expected string, found null"),
        (#"{"s3_bucket":"b","s3_key":""}"#, "s3_key: expected text, found an empty string"),
        (#"{"s3_bucket":"b","s3_key":"k","force":"yes"}"#, "force: expected boolean, found string"),
        (#"{"s3_bucket":"b","s3_key":"k","video_id":7}"#, "video_id: expected string, found integer"),
        (
            #"{"s3_bucket":"b","s3_key":"k","Force":true}"#,
            "Force: unknown field; known are s3_bucket, s3_key, video_id, version_id, etag, sequencer, force"
        ),
        (#"["b","k"]"#, "expected object, found array"),
        (
            #"{"s3_bucket":"b","s3_key":"\#(String(repeating: "é", count: 513))"}"#,
            "s3_key: expected a key of at most 1024 bytes, found 1026"
        ),
    ])
    func aWrongRequestSaysWhatIsWrong(_ text: String, _ expected: String) throws {
        let json = try JSON(parsing: text)
        let error = #expect(throws: JSONError.self) { try AnalyzeRequest(json: json) }
        #expect(error?.description == expected)
    }

    @Test func aResponseHasItsCountsAtTheTopLevel() throws {
        let counts = RowCounts(
            events: 1, tracks: 2, depth: 3, display: 4, frameEmbeddings: 5, objectEmbeddings: 6)
        let response = AnalyzeResponse(
            videoID: "test-001", analysisID: 7, framesDecoded: 795, framesAnalysed: 398, counts: counts)
        #expect(
            response.json == [
                "status": "success", "video_id": "test-001", "analysis_id": 7, "frames_decoded": 795,
                "frames_analysed": 398, "events": 1, "tracks": 2, "depth_data": 3, "display_data": 4,
                "frame_embeddings": 5, "object_embeddings": 6,
            ])
        #expect(try AnalyzeResponse(json: response.json) == response)
    }

    @Test(arguments: AnalysisState.allCases)
    func aStatusIsReadBackFromItsJSON(_ state: AnalysisState) throws {
        let status = AnalysisStatus(
            analysisID: 3, videoID: "a", state: state, progress: 42, attempt: 2,
            framesDecoded: state == .completed ? 10 : nil, framesAnalysed: state == .completed ? 5 : nil,
            counts: state == .completed ? RowCounts(events: 9) : nil,
            errorCode: state == .failed ? .corruptVideo : nil, errorDetail: state == .failed ? "damaged" : nil,
            createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:01Z")
        #expect(try AnalysisStatus(json: try JSON(parsing: status.json.serialized())) == status)
        #expect(status.json.node["error"].exists == (state == .failed))
    }

    @Test func anErrorCodeOfANewerServiceKeepsItsDetail() throws {
        let json: JSON = [
            "analysis_id": 1, "video_id": "a", "status": "failed", "progress": 0, "attempt": 1,
            "error": ["code": "brand_new", "detail": "something"], "created_at": "x", "updated_at": "y",
        ]
        let status = try AnalysisStatus(json: json)
        #expect(status.errorCode == .internalError)
        #expect(status.errorDetail == "something")
    }

    @Test func anUnknownStateIsAnError() {
        let json: JSON = ["analysis_id": 1, "video_id": "a", "status": "sleeping", "progress": 0, "attempt": 1]
        let error = #expect(throws: JSONError.self) { try AnalysisStatus(json: json) }
        #expect(error?.description == "status: expected one of pending, processing, completed, failed")
    }
}
