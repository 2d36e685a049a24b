import FoundationEssentials
import Glibc

/// This process's folder for videos and spool files, within the one that the operator named.
///
/// It is locked for as long as the process lives, however that ends: a folder whose lock can be had belongs to a dead
/// process and is removed by the next one that starts. (A process id in a file would not do: containers share ids.)
final class WorkFolder: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        /// There is no room.
        var isFull = false

        static func full(free: Int64) -> Failure {
            Failure(description: "The work folder has only \(free >> 20) MiB of free space", isFull: true)
        }
    }

    private static let prefix = "analysis-"
    private static let lockName = "lock"

    let path: String
    private let lock: Int32

    /// Removes what dead processes left, and makes this process's own folder.
    static func open(in root: String) throws(Failure) -> WorkFolder {
        do {
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            // Held while folders come and go: a folder is never seen before it is locked.
            let door = try lockFile("\(root)/.\(lockName)", waits: true)
            defer { close(door) }
            for name in try FileManager.default.contentsOfDirectory(atPath: root) where name.hasPrefix(prefix) {
                try removeIfDead("\(root)/\(name)")
            }
            let path = "\(root)/\(prefix)\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            return WorkFolder(path: path, lock: try lockFile("\(path)/\(lockName)", waits: false))
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(description: "the work folder \(root) cannot be used: \(error.localizedDescription)")
        }
    }

    private init(path: String, lock: Int32) {
        self.path = path
        self.lock = lock
    }

    deinit {
        close(lock)
    }

    /// Makes a folder within.
    func makeFolder(_ name: String) throws(Failure) -> String {
        let folder = "\(path)/\(name)"
        guard mkdir(folder, 0o700) == 0 else {
            let code = errno
            throw Failure(
                description: "\(folder) cannot be made: \(String(cString: strerror(code)))",
                isFull: code == ENOSPC || code == EDQUOT)
        }
        return folder
    }

    /// Removes the folder and all in it.
    func remove() throws(Failure) {
        try Self.remove(path)
    }

    static func remove(_ path: String) throws(Failure) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw Failure(description: "\(path) cannot be removed: \(error)")
        }
    }

    /// Bytes that an ordinary user may still write.
    func freeBytes() throws(Failure) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw Failure(description: "the space of \(path) cannot be told: \(String(cString: strerror(errno)))")
        }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    private static func removeIfDead(_ path: String) throws {
        let lock: Int32
        do {
            lock = try lockFile("\(path)/\(lockName)", waits: false)
        } catch is Held {
            return
        }
        defer { close(lock) }
        try remove(path)
    }

    private struct Held: Error {}

    private static func lockFile(_ path: String, waits: Bool) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(description: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { throw Held() }
            throw Failure(description: "\(path) cannot be locked: \(String(cString: strerror(code)))")
        }
        return descriptor
    }
}
