import Foundation
import JSON

extension FuzzTarget {
    /// What is read is JSON for Foundation's reader too, and writing and reading it again changes nothing.
    static func checkJSON(_ input: [UInt8]) throws {
        guard let value = read(input) else { return }
        for text in [value.serialized(), value.serialized(pretty: true)] {
            let again = try JSON(parsing: text)
            try require(again == value, "read again from \(text): \(again)")
            // Swift compares text by what it looks like; here each byte counts.
            try require(
                again.serialized().utf8.elementsEqual(value.serialized().utf8), "written again: \(again.serialized())")
        }
        // Foundation refuses unpaired surrogates, which RFC 8259 leaves open.
        guard !String(decoding: input, as: UTF8.self).lowercased().contains(#"\ud"#) else { return }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        } catch {
            throw Violation(description: "Foundation: \(error)")
        }
    }

    private static func read(_ input: [UInt8]) -> JSON? {
        do throws(JSONError) {
            return try JSON(parsing: input)
        } catch {
            return nil
        }
    }
}
