import Testing

@testable import AnalysisService

@Suite struct TextTableTests {
    @Test func columnsLineUpWithoutTrailingSpaces() {
        var table = TextTable("A", "LONGER", "C")
        table.append("value", "1", "")
        table.append("x", "22", "end")
        #expect(table.text == "A      LONGER  C\nvalue  1\nx      22      end\n")
    }
}
