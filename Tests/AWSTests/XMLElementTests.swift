import Testing

@testable import AWS

@Suite struct XMLElementTests {
    @Test func elementsTextAndReferencesAreRead() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <List xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='>'><Key>a&amp;b &lt;&#233;&#x1F600;&gt;&quot;&apos;</Key>
            <Empty/><Key><![CDATA[<raw>&amp;]]></Key><!-- x --></List>

            """
        let root = try XMLElement(parsing: Array(text.utf8))
        #expect(root.name == "List")
        #expect(root.children.map(\.name) == ["Key", "Empty", "Key"])
        #expect(root["Key"]?.text == "a&b <é😀>\"'")
        #expect(root.children[2].text == "<raw>&amp;")
        #expect(root["Missing"] == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a>&amp</a>", "<a>&#xD800;</a>", "<a b></a>",
        "<a b=c/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a/>text", "<a", "<a><![CDATA[x</a>",
        String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100),
    ])
    func malformedTextIsAnError(text: String) {
        #expect(throws: XMLElement.ParseError.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test func invalidUTF8IsAnError() {
        #expect(throws: XMLElement.ParseError.self) {
            try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8))
        }
    }
}
