import JSON

@testable import AnalysisService

extension FuzzTarget {
    /// A manifest that is read names a file below its folder and finite numbers, and survives being written and read.
    static func checkManifest(_ input: [UInt8]) throws {
        let document: ManifestDocument
        do throws(JSONError) {
            document = try ManifestDocument(parsing: input)
        } catch {
            try require(!error.description.isEmpty, "refused without a word")
            return
        }
        let path = document.file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        try require(path.first?.isEmpty == false, "an absolute path: \(document.file)")
        try require(!path.contains { $0.elementsEqual("..".utf8) }, "out of the folder: \(document.file)")
        if let digest = document.sha256 {
            try require(digest.utf8.count == 64, "no digest in hexadecimal: \(digest)")
        }
        let numbers = document.manifest.input
        for number in [numbers.range.lowerBound, numbers.range.upperBound, numbers.pad] + numbers.mean + numbers.std {
            try require(number.isFinite, "not finite: \(numbers)")
        }
        let again = try ManifestDocument(parsing: Array(document.json.serialized().utf8))
        try require(again == document, "read again: \(again)")
        _ = try JSON(parsing: document.manifest.fingerprint)
    }
}
