import AWS
import Crypto
import Foundation
import VideoAnalysis

/// Keeps the models that come from S3 below a folder: `DIGEST/NAME.onnx` with the network's SHA-256 digest, and beside
/// it the manifest.
///
/// A file appears under its name only when it is whole and its digest is right, so that several processes may share
/// the folder, and a file that is there need not be downloaded again.
struct ModelCache: Sendable {
    let s3: S3Client
    /// Made when missing.
    let folder: String

    /// Parts of downloads that nobody continues.
    private static let staleSeconds = 3600.0
    private static let partPrefix = ".part-"

    /// Gives the model as a file on this machine.
    ///
    /// - Throws: as ``ModelFile/init(loading:)`` does, and for what S3 answers.
    func load(_ reference: ModelReference) async throws(ModelError) -> ModelFile {
        let path: String
        switch reference {
        case .file(let local): path = local
        case .object(let bucket, let key):
            try await blocking { () throws(ModelError) in try prepareFolder() }
            path = try await fetch(bucket, key, isManifest: reference.isManifest)
        }
        return try await blocking { () throws(ModelError) in try ModelFile(loading: path) }
    }

    /// - Returns: the path of the copy of what was named.
    private func fetch(_ bucket: String, _ key: String, isManifest: Bool) async throws(ModelError) -> String {
        guard let found = try await manifest(bucket, key, isManifest: isManifest) else {
            return try await fetchNetwork(bucket, key, digest: nil)
        }
        let (manifestKey, text) = found
        var document = try ModelFile.document(text, name: "s3://\(bucket)/\(manifestKey)")
        let place = manifestKey.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let networkKey = (place + [document.file[...]]).joined(separator: "/")
        guard isManifest || networkKey == key else {
            throw ModelError("s3://\(bucket)/\(manifestKey) lies beside \(key), but describes \(networkKey).")
        }
        let network = try await fetchNetwork(bucket, networkKey, digest: document.sha256)
        document.file = URL(filePath: network).lastPathComponent
        let copy = Array(document.json.serialized(pretty: true).utf8)
        let name = ModelFile.hexadecimal(SHA256.hash(data: copy)) + ".json"
        let path = URL(filePath: network).deletingLastPathComponent().appending(path: name)
        try await blocking { () throws(ModelError) in
            try writing { try Data(copy).write(to: path, options: .atomic) }
        }
        return path.path
    }

    /// The manifest's key and text; nil when only the network was named and none lies beside it.
    private func manifest(
        _ bucket: String, _ key: String, isManifest: Bool
    ) async throws(ModelError) -> (key: String, text: [UInt8])? {
        let manifestKey = isManifest ? key : String(key.dropLast(".onnx".count)) + ".json"
        do throws(AWSError) {
            return (
                manifestKey,
                try await s3.get(bucket: bucket, key: manifestKey, maximumBytes: ModelFile.maximumManifestBytes)
            )
        } catch {
            // Who may not list the bucket is not told that an object is missing.
            if !isManifest, error.kind == .notFound || error.kind == .accessDenied { return nil }
            throw ModelError(reading: "s3://\(bucket)/\(manifestKey)", error)
        }
    }

    /// - Returns: the path of the copy.
    private func fetchNetwork(_ bucket: String, _ key: String, digest: String?) async throws(ModelError) -> String {
        let object = "s3://\(bucket)/\(key)"
        let name = key.split(separator: "/").last ?? key[...]
        if let digest {
            let kept = "\(folder)/\(digest)/\(name)"
            if try await blocking({ () throws(ModelError) in try Self.isKept(kept, digest) }) { return kept }
        }
        let part = "\(folder)/\(Self.partPrefix)\(UUID().uuidString)"
        try await download(bucket, key, to: part)
        return try await blocking { () throws(ModelError) in
            let found = try ModelFile.digest(part)
            if let digest, digest != found {
                try writing { try FileManager.default.removeItem(atPath: part) }
                throw ModelError("\(object) has the SHA-256 digest \(found), but its manifest wants \(digest).")
            }
            let path = "\(folder)/\(found)/\(name)"
            try writing {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(found)", withIntermediateDirectories: true)
            }
            guard rename(part, path) == 0 else {
                throw ModelError("\(path) cannot be written: \(String(cString: strerror(errno)))")
            }
            return path
        }
    }

    private func download(_ bucket: String, _ key: String, to path: String) async throws(ModelError) {
        do throws(AWSError) {
            let object = try await s3.head(bucket: bucket, key: key)
            guard object.size <= ModelFile.maximumBytes else {
                throw AWSError(
                    .tooLarge, service: "s3", operation: "HeadObject",
                    message: "\(object.size) bytes are more than a model may have")
            }
            try await s3.download(
                bucket: bucket, key: key, versionID: object.versionID, etag: object.etag, size: object.size, to: path)
        } catch {
            throw ModelError(reading: "s3://\(bucket)/\(key)", error)
        }
    }

    private static func isKept(_ path: String, _ digest: String) throws(ModelError) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try ModelFile.digest(path) == digest
    }

    private func prepareFolder() throws(ModelError) {
        try writing {
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in try files.contentsOfDirectory(atPath: folder) where name.hasPrefix(Self.partPrefix) {
                let path = "\(folder)/\(name)"
                let changed = try URL(filePath: path).resourceValues(forKeys: [.contentModificationDateKey])
                    .contentModificationDate
                if let changed, changed.timeIntervalSinceNow < -Self.staleSeconds {
                    try files.removeItem(atPath: path)
                }
            }
        }
    }

    private func writing(_ body: () throws -> Void) throws(ModelError) {
        do {
            try body()
        } catch {
            throw ModelError("\(folder) cannot be written: \(error.localizedDescription)")
        }
    }

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(ModelError) -> Value
    ) async throws(ModelError) -> Value {
        try await OwnThread.run { Result { () throws(ModelError) in try body() } }
    }
}

extension ModelError {
    fileprivate init(reading name: String, _ error: AWSError) {
        self.init("\(name) cannot be read: \(error)", isTemporary: error.isRetryable)
    }
}
