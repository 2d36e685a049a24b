import Testing

@testable import JSON

@Suite struct JSONSerializationTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (-7, "-7"), (0.1, "0.1"), (100.0, "100.0"), (1e300, "1e+300"),
            (.number(.nan), "null"), (.number(.infinity), "null"), (.number(-.infinity), "null"),
            ("a\"\\\n\r\t\u{1}\u{7f}/é😀", #""a\"\\\n\r\t\u0001\u007f/é😀""#),
            ([], "[]"), ([:], "{}"), ([1, [2], [:]], "[1,[2],{}]"),
            (["b": 1, "a": 2, "é": 3, "B": 4], #"{"B":4,"a":2,"b":1,"é":3}"#),
        ] as [(JSON, String)])
    func valuesAreWrittenCompactly(_ value: JSON, _ expected: String) {
        #expect(value.serialized() == expected)
    }

    @Test func prettyTextHasOneMemberALine() {
        let value: JSON = ["b": [1, [:]], "a": []]
        #expect(value.serialized(pretty: true) == "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}")
    }

    @Test(arguments: [true, false])
    func whatIsWrittenIsReadBack(pretty: Bool) throws {
        let value: JSON = [
            "text": "line\n\"quoted\" \\ \u{1f} 한국 😀", "integers": [.integer(.min), 0, .integer(.max)],
            "numbers": [.number(.leastNonzeroMagnitude), .number(Double.greatestFiniteMagnitude), 0.1, 1e21, -0.5],
            "nested": ["empty": [:], "null": nil, "flag": false],
        ]
        #expect(try JSON(parsing: value.serialized(pretty: pretty)) == value)
    }
}
