import Foundation

/// Keeps the final objects of all analysed frames on disk, for the pass that draws them: memory stays flat however long
/// the video is.
///
/// The file has no name any more once it is open, so nothing of it stays behind however the process ends. Not for use
/// from two threads at once.
package final class AnnotationSpool {
    /// Frame number, timestamp, count of objects.
    private static let frameBytes = 20
    /// Track id (0 for none), class, confidence, box, whether it was filled in.
    private static let objectBytes = 32

    private let file: UnsafeMutablePointer<FILE>
    private var classes: [ObjectClass] = []
    private var indices: [ObjectClass: Int32] = [:]
    /// The frame whose objects are coming.
    private var current: TrackedFrame?

    package init() throws(VideoAnalysisError) {
        var path = Array((FileManager.default.temporaryDirectory.path + "/framelake-annotation-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure("made") }
        unlink(path)
        guard let opened = fdopen(descriptor, "w+") else {
            let error = Self.failure("opened")
            close(descriptor)
            throw error
        }
        file = opened
    }

    deinit {
        fclose(file)
    }

    /// Begins a frame; its events follow.
    package func begin(frameNumber: Int64, timestamp: Double) throws(VideoAnalysisError) {
        try flush()
        current = TrackedFrame(frameNumber: frameNumber, timestamp: timestamp, objects: [])
    }

    package func append(_ event: EventRow) {
        let detection = Detection(
            box: event.bbox, confidence: event.confidence, classID: Int(event.classID), className: event.className)
        current?.objects.append(
            TrackedObject(
                detection: detection, trackID: event.trackID.map(Int.init), interpolated: event.interpolated))
    }

    /// Ends writing; ``next()`` begins with the first frame.
    package func rewind() throws(VideoAnalysisError) {
        try flush()
        current = nil
        guard fflush(file) == 0, fseek(file, 0, SEEK_SET) == 0 else { throw Self.failure("written") }
    }

    /// - Returns: The next frame, nil after the last one.
    package func next() throws(VideoAnalysisError) -> TrackedFrame? {
        guard let head = try read(Self.frameBytes) else { return nil }
        var frame = head.withUnsafeBytes { bytes in
            TrackedFrame(
                frameNumber: bytes.loadUnaligned(as: Int64.self),
                timestamp: bytes.loadUnaligned(fromByteOffset: 8, as: Double.self), objects: [])
        }
        let count = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: Int32.self) }
        for _ in 0..<count {
            guard let bytes = try read(Self.objectBytes) else { throw Self.failure("read") }
            frame.objects.append(bytes.withUnsafeBytes(object))
        }
        return frame
    }

    private func flush() throws(VideoAnalysisError) {
        guard let frame = current else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.frameBytes + frame.objects.count * Self.objectBytes)
        func append(_ value: some BitwiseCopyable) {
            withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
        }
        append(frame.frameNumber)
        append(frame.timestamp)
        append(Int32(clamping: frame.objects.count))
        for object in frame.objects {
            let detection = object.detection
            append(Int32(clamping: object.trackID ?? 0))
            append(index(of: ObjectClass(id: detection.classID, name: detection.className)))
            append(detection.confidence)
            for corner in [detection.box.x1, detection.box.y1, detection.box.x2, detection.box.y2] { append(corner) }
            append(Int32(object.interpolated ? 1 : 0))
        }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Self.failure("written") }
    }

    private func index(of objectClass: ObjectClass) -> Int32 {
        if let index = indices[objectClass] { return index }
        let index = Int32(clamping: classes.count)
        classes.append(objectClass)
        indices[objectClass] = index
        return index
    }

    private func object(_ bytes: UnsafeRawBufferPointer) -> TrackedObject {
        func integer(_ offset: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)) }
        func real(_ offset: Int) -> Float { bytes.loadUnaligned(fromByteOffset: offset, as: Float.self) }
        let trackID = integer(0)
        return TrackedObject(
            detection: Detection(
                box: BoundingBox(x1: real(12), y1: real(16), x2: real(20), y2: real(24)), confidence: real(8),
                objectClass: classes[integer(4)]),
            trackID: trackID == 0 ? nil : trackID, interpolated: integer(28) != 0)
    }

    /// - Returns: Nil at the end.
    private func read(_ count: Int) throws(VideoAnalysisError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = fread(&bytes, 1, count, file)
        guard ferror(file) == 0 else { throw Self.failure("read") }
        return read == count ? bytes : nil
    }

    private static func failure(_ what: String) -> VideoAnalysisError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT || number == EFBIG
        return VideoAnalysisError(
            isFull ? .diskFull : .internalError,
            "The temporary file for the annotated video cannot be \(what): \(String(cString: strerror(number))).")
    }
}
