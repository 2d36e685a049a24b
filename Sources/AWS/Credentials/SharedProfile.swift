import FoundationEssentials

/// One profile of `~/.aws/credentials` and `~/.aws/config`; a key in both is taken from the former.
///
/// *Configuration and credential file settings*, AWS CLI User Guide.
struct SharedProfile: Sendable {
    let name: String
    private var values: [String: String] = [:]

    subscript(key: String) -> String? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }

    /// The profile that `AWS_PROFILE` names, else `default`. Nil when there is no file or no default profile.
    /// - Throws: ``AWSError/Kind/configuration`` when the named profile does not exist or a file cannot be read.
    static func load(environment: [String: String]) throws(AWSError) -> SharedProfile? {
        let name = environment.nonEmpty("AWS_PROFILE") ?? "default"
        let folder = environment.nonEmpty("HOME").map { "\($0)/.aws" }
        let files = [
            (environment.nonEmpty("AWS_CONFIG_FILE") ?? folder.map { "\($0)/config" }, true),
            (environment.nonEmpty("AWS_SHARED_CREDENTIALS_FILE") ?? folder.map { "\($0)/credentials" }, false),
        ]
        var profile = SharedProfile(name: name)
        var isFound = false
        for case (let path?, let isConfiguration) in files {
            guard let text = try read(path) else { continue }
            // The configuration file writes `[profile name]`, but `[default]`.
            let titles = isConfiguration && name != "default" ? ["profile \(name)"] : [name, "profile \(name)"]
            for (title, values) in sections(of: text) where titles.contains(title) {
                isFound = true
                profile.values.merge(values) { _, new in new }
            }
        }
        if !isFound, environment.nonEmpty("AWS_PROFILE") != nil {
            let paths = files.compactMap(\.0).joined(separator: " and ")
            throw .configuration("AWS_PROFILE is “\(name)”, but \(paths) have no such profile")
        }
        return isFound ? profile : nil
    }

    private static func read(_ path: String) throws(AWSError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .configuration("\(path) cannot be read: \(error)")
        }
    }

    /// The sections in the file's order. Comments, lines outside of a section and nested settings (indented lines
    /// below a key without value, such as `s3 =`) are left out.
    static func sections(of text: String) -> [(title: String, values: [String: String])] {
        var sections: [(title: String, values: [String: String])] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                let title = line.dropFirst().prefix { $0 != "]" }
                sections.append((title.split(whereSeparator: \.isWhitespace).joined(separator: " "), [:]))
            } else if let equals = line.firstIndex(of: "="), !sections.isEmpty {
                var value = line[line.index(after: equals)...]
                if let comment = value.firstRange(of: " #") ?? value.firstRange(of: " ;") {
                    value = value[..<comment.lowerBound]
                }
                sections[sections.count - 1].values[trimmed(line[..<equals]).lowercased()] = trimmed(value)
            }
        }
        return sections
    }

    private static func trimmed(_ text: Substring) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
