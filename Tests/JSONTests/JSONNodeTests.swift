import Testing

@testable import JSON

@Suite struct JSONNodeTests {
    private let document: JSON = [
        "Records": [
            ["s3": ["object": ["key": nil, "size": 12, "ratio": 1.5, "whole": 3.0, "name": "a", "flag": true]]]
        ]
    ]
    private var object: JSONNode { document.node["Records"][0]["s3"]["object"] }

    @Test func valuesAreReadByPath() throws {
        #expect(try object["name"].string() == "a")
        #expect(try object["size"].int() == 12)
        #expect(try object["size"].int64() == 12)
        #expect(try object["size"].double() == 12)
        #expect(try object["whole"].int() == 3)
        #expect(try object["ratio"].double() == 1.5)
        #expect(try object["flag"].bool())
        #expect(try document.node["Records"].array().count == 1)
        #expect(try object.object().keys.contains("size"))
    }

    @Test func errorsNameThePathWhatWasExpectedAndWhatWasFound() {
        func message(_ read: () throws(JSONError) -> Void) -> String {
            do {
                try read()
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(
            message { () throws(JSONError) in _ = try object["key"].string() }
                == "Records[0].s3.object.key: expected string, found null")
        #expect(
            message { () throws(JSONError) in _ = try document.node["Records"][1]["s3"].object() }
                == "Records[1].s3: expected object, found nothing")
        #expect(
            message { () throws(JSONError) in _ = try object["ratio"].int() }
                == "Records[0].s3.object.ratio: expected integer, found number")
        #expect(
            message { () throws(JSONError) in _ = try object["name"]["x"][3].bool() }
                == "Records[0].s3.object.name.x[3]: expected boolean, found nothing")
        #expect(
            message { () throws(JSONError) in _ = try document.node.array() } == "expected array, found object")
        #expect(
            message { () throws(JSONError) in _ = try object["size"].optionalString() }
                == "Records[0].s3.object.size: expected string, found integer")
    }

    @Test func elementsAndMembersKnowTheirPath() throws {
        let node = try JSON(parsing: #"{"a":[{"b":1},{"b":"x"}]}"#).node
        #expect(try node["a"].array().map(\.path) == ["a[0]", "a[1]"])
        #expect(try node["a"][1].object()["b"]?.path == "a[1].b")
    }

    @Test func optionalReadersTakeNullAndNothingForNone() throws {
        #expect(!object["key"].exists)
        #expect(try object["key"].optionalString() == nil)
        #expect(try object["missing"].optionalInt() == nil)
        #expect(try object["missing"].optionalInt64() == nil)
        #expect(try object["missing"].optionalDouble() == nil)
        #expect(try object["missing"].optionalBool() == nil)
        #expect(try object["missing"].optionalArray() == nil)
        #expect(try object["size"].optionalInt() == 12)
    }

    @Test(arguments: [1e19, -1e19, 0.5, .infinity, .nan])
    func numbersBeyondIntegersAreNoIntegers(_ number: Double) {
        #expect(throws: JSONError.self) { try JSON.number(number).node.int64() }
    }
}
