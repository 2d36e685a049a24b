import AnalysisAPI
import JSON
import Testing

@testable import BatchProcessor

@Suite struct EnvelopeTests {
    static func record(
        event: String = "ObjectCreated:Put", version: String = "2.1", source: String = "aws:s3",
        key: String = "videos/test-001.mp4", extra: String = ""
    ) -> String {
        """
        {"eventVersion":"\(version)","eventSource":"\(source)","eventName":"\(event)","s3":{"bucket":{"name":"raw"},\
        "object":{"key":"\(key)","size":7,"eTag":"e"\(extra)}}}
        """
    }

    static func records(_ records: String...) -> String { #"{"Records":[\#(records.joined(separator: ","))]}"# }

    static let eventBridge = """
        {"version":"0","source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":"raw"},\
        "object":{"key":"videos/a+b %41.mp4","size":7,"etag":"e","version-id":"v1","sequencer":"00A1"}}}
        """

    private static let object = AnalyzeRequest(bucket: "raw", key: "videos/test-001.mp4")

    @Test(
        arguments: [
            (records(record()), [.analyze(object)]),
            (records(record(event: "s3:ObjectCreated:CompleteMultipartUpload", version: "2.4")), [.analyze(object)]),
            (
                records(record(extra: #","versionId":"v9","sequencer":"0A1B""#)),
                [
                    .analyze(
                        AnalyzeRequest(
                            bucket: "raw", key: "videos/test-001.mp4", versionID: "v9", sequencer: "0A1B"))
                ]
            ),
            (
                records(record(key: "videos/a+b%2Bc%25+%ED%95%9C.mp4")),
                [.analyze(AnalyzeRequest(bucket: "raw", key: "videos/a b+c% 한.mp4"))]
            ),
            (
                records(record(), record(event: "ObjectRemoved:Delete"), record(key: "videos/b.mp4")),
                [
                    .analyze(object), .remove(RemovalRequest(bucket: "raw", key: "videos/test-001.mp4")),
                    .analyze(AnalyzeRequest(bucket: "raw", key: "videos/b.mp4")),
                ]
            ),
            (records(record(key: "videos/new+folder/")), [.ignore("folder marker videos/new folder/")]),
            (
                records(
                    record(
                        event: "ObjectRemoved:DeleteMarkerCreated", key: "videos/a+b.mp4", extra: #","sequencer":"0A""#)
                ),
                [.remove(RemovalRequest(bucket: "raw", key: "videos/a b.mp4", sequencer: "0A"))]
            ),
            (
                records(record(event: "LifecycleExpiration:DeleteMarkerCreated")),
                [.remove(RemovalRequest(bucket: "raw", key: "videos/test-001.mp4"))]
            ),
            (records(record(event: "ObjectRestore:Completed")), [.ignore("event ObjectRestore:Completed")]),
            (
                #"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"t","Bucket":"raw"}"#,
                [.ignore("s3:TestEvent")]
            ),
            (
                eventBridge,
                [
                    .analyze(
                        AnalyzeRequest(
                            bucket: "raw", key: "videos/a+b %41.mp4", versionID: "v1", sequencer: "00A1"))
                ]
            ),
            (
                eventBridge.replacing("Object Created", with: "Object Deleted"),
                [.remove(RemovalRequest(bucket: "raw", key: "videos/a+b %41.mp4", sequencer: "00A1"))]
            ),
            (
                eventBridge.replacing("Object Created", with: "Object Tags Added"), [.ignore("event Object Tags Added")]
            ),
            (
                """
                {"task_type":"ingestion","payload":{"video_id":"test-001","user_id":7,"bucket":"raw",\
                "key":"videos/a+b.mp4","options":{"quality":"high"}}}
                """,
                [.analyze(AnalyzeRequest(bucket: "raw", key: "videos/a+b.mp4", videoID: "test-001"))]
            ),
            (
                #"{"task_type":"ingestion","payload":{"bucket":"raw","key":"k","options":{"force":true}}}"#,
                [.analyze(AnalyzeRequest(bucket: "raw", key: "k", force: true))]
            ),
        ] as [(String, [Envelope.Item])])
    func everyKnownEnvelopeIsRead(_ body: String, _ expected: [Envelope.Item]) throws {
        #expect(try Envelope(body: body).items == expected)
    }

    @Test(arguments: [records(record()), eventBridge, #"{"Event":"s3:TestEvent"}"#])
    func aNotificationOfSNSHoldsTheSame(_ body: String) throws {
        let wrapped: JSON = ["Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": .string(body)]
        #expect(try Envelope(body: wrapped.serialized()).items == Envelope(body: body).items)
    }

    @Test(
        arguments: [
            ("not json", "unexpected word at byte 0"),
            ("[]", "expected a JSON object"),
            ("", "unexpected end of data at byte 0"),
            (
                #"{"hello":"world"}"#,
                "no known envelope: expected Records, detail-type, task_type or an SNS notification with one of them"
            ),
            (#"{"Records":[]}"#, "Records: expected at least one record"),
            (#"{"Records":{}}"#, "Records: expected array, found object"),
            (records(record(version: "3.0")), "Records[0].eventVersion: expected version 2.x, found 3.0"),
            (records(record(source: "aws:ses")), "Records[0].eventSource: expected aws:s3, found aws:ses"),
            (
                records(record(key: "%zz")),
                "Records[0].s3.object.key: expected a form-encoded key in UTF-8 without U+0000"
            ),
            (
                records(record(key: "a%F")),
                "Records[0].s3.object.key: expected a form-encoded key in UTF-8 without U+0000"
            ),
            (
                records(record(key: "a%FFb")),
                "Records[0].s3.object.key: expected a form-encoded key in UTF-8 without U+0000"
            ),
            (
                records(record(key: "a%00b")),
                "Records[0].s3.object.key: expected a form-encoded key in UTF-8 without U+0000"
            ),
            (
                #"{"detail-type":"Object Deleted","source":"aws.s3","detail":{"bucket":{"name":"b"},"object":{"key":"k","#
                    + #""sequencer":""}}}"#, "detail.object.sequencer: expected text, found an empty string"
            ),
            (
                records(record(key: String(repeating: "%61", count: 1025))),
                "Records[0].s3.object.key: expected a key of at most 1024 bytes, found 1025"
            ),
            (
                #"{"task_type":"ingestion","payload":{"bucket":"b","key":""# + String(repeating: "ä", count: 513)
                    + #""}}"#, "payload.key: expected a key of at most 1024 bytes, found 1026"
            ),
            (records(record(key: "")), "Records[0].s3.object.key: expected text, found an empty string"),
            (
                records(record(), record().replacing(#""key":"videos/test-001.mp4""#, with: #""key":null"#)),
                "Records[1].s3.object.key: expected string, found null"
            ),
            (
                #"{"detail-type":"Object Created","source":"aws.ec2","detail":{}}"#,
                "source: expected aws.s3, found aws.ec2"
            ),
            (#"{"task_type":"cleanup"}"#, "task_type: expected ingestion, found cleanup"),
            (
                #"{"task_type":"ingestion","payload":{"key":"k"}}"#,
                "payload.bucket: expected string, found nothing"
            ),
            (#"{"Type":"Notification","Message":7}"#, "Message: expected string, found integer"),
            (
                #"{"Type":"Notification","Message":"{\"task_type\":1}"}"#,
                "Message.task_type: expected string, found integer"
            ),
            (#"{"Type":"Notification","Message":"x"}"#, "Message: unexpected byte at byte 0"),
        ])
    func anythingElseIsMalformed(_ body: String, _ expected: String) {
        let error = #expect(throws: JSONError.self) { try Envelope(body: body) }
        #expect(error?.description == expected)
    }

    @Test func aNotificationIsUnwrappedOnce() {
        let inner: JSON = ["Type": "Notification", "Message": .string(Self.records(Self.record()))]
        let outer: JSON = ["Type": "Notification", "Message": .string(inner.serialized())]
        #expect(throws: JSONError.self) { try Envelope(body: outer.serialized()) }
    }
}
