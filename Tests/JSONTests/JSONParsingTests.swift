import Testing

@testable import JSON

@Suite struct JSONParsingTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("1.5", 1.5), ("1e3", 1000.0), ("-2.5E-2", -0.025), ("1.0", 1.0),
            (#""""#, ""), (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "a\"\\/\u{8}\u{c}\n\r\té😀"), (#""한국""#, "한국"),
            (#""\\u0000""#, #"\u0000"#), ("[]", []), ("{}", [:]), (" \t\r\n[ 1 , [ ] ] ", [1, []]),
            (#"{"a":{"b":[1,null]},"":""}"#, ["a": ["b": [1, nil]], "": ""]),
        ] as [(String, JSON)])
    func validTextIsRead(_ text: String, _ expected: JSON) throws {
        #expect(try JSON(parsing: text) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "01", "-", "-a", "1.", ".5", "1e", "1e+", "+1",
        "0x10", "1 2", "[1,]", "[,1]", "[1", "]", "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, "{1:1}",
        #"{"a" 1}"#, "'a'", #""a"#, #""\x""#, #""\u12g4""#, "\"a\nb\"", "\"a\tb\"", #""\u0000""#, #"{"a\u0000b":1}"#,
        "// a\n1", "/* a */1", "1//", "[1]garbage", "{}{}", "[1][2]", "null,", "\u{feff}1",
    ])
    func anythingElseIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
            [0x31, 0x00], [0x31, 0x00, 0x32], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]])
    func bytesThatAreNotUTF8AreRefused(_ bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "123456789012345678901234567890", "1e400", "-1e400",
    ])
    func numbersThatWouldLoseTheirValueAreRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: "[\(text)]") }
    }

    @Test func theErrorOfALargeNumberSaysWhere() {
        let whole = #expect(throws: JSONError.self) { try JSON(parsing: #"{"a":[1,9223372036854775808]}"#) }
        #expect(whole?.description == "number outside the range of a 64-bit integer at byte 27")
        let fraction = #expect(throws: JSONError.self) { try JSON(parsing: #"{"a":[1,1e999]}"#) }
        #expect(fraction?.description == "a[1]: number outside the range of a double")
    }

    @Test func theLastOfSeveralEqualKeysWins() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test func anUnpairedSurrogateBecomesTheReplacementCharacter() throws {
        #expect(try JSON(parsing: #""\ud800""#) == "\u{fffd}")
    }

    @Test(arguments: [1, 2, 64])
    func nestingIsLimited(_ depth: Int) throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + "1" + String(repeating: "]", count: levels)
        }
        let limits = JSON.Limits(maximumDepth: depth)
        _ = try JSON(parsing: nested(depth), limits: limits)
        #expect(throws: JSONError.self) { try JSON(parsing: nested(depth + 1), limits: limits) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000), limits: limits) }
    }

    @Test func sizeIsLimited() throws {
        let limits = JSON.Limits(maximumBytes: 5)
        _ = try JSON(parsing: "[123]", limits: limits)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: "[1234]", limits: limits) }
        #expect(error?.description == "6 bytes of JSON, at most 5 are read")
    }

    @Test func everyPrefixOfADocumentIsRefused() throws {
        let text = #"{"a":[1.5e2,true,null,"\u00e9"],"b":{"c":-1}}"#
        _ = try JSON(parsing: text)
        for length in 0..<text.utf8.count {
            #expect(throws: JSONError.self) { try JSON(parsing: text.utf8.prefix(length)) }
        }
    }
}
