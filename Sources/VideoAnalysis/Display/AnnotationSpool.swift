/// Keeps the final objects of all analysed frames on disk, for the pass that draws them.
///
/// Not for use from two threads at once.
package final class AnnotationSpool {
    /// Frame number, timestamp, count of objects.
    private static let frameBytes = 20
    /// Track id (0 for none), class, confidence, box, whether it was filled in.
    private static let objectBytes = 32

    private let file: TemporaryFile
    private var classes: [ObjectClass] = []
    private var indices: [ObjectClass: Int32] = [:]
    /// The frame whose objects are coming.
    private var current: TrackedFrame?

    package init() throws(VideoAnalysisError) {
        file = try TemporaryFile(for: "the annotated video")
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
        try file.rewind()
    }

    /// - Returns: The next frame, nil after the last one.
    package func next() throws(VideoAnalysisError) -> TrackedFrame? {
        guard !file.isAtEnd else { return nil }
        let head = try file.read(Self.frameBytes, of: UInt8.self)
        var frame = head.withUnsafeBytes { bytes in
            TrackedFrame(
                frameNumber: bytes.loadUnaligned(as: Int64.self),
                timestamp: bytes.loadUnaligned(fromByteOffset: 8, as: Double.self), objects: [])
        }
        let count = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: Int32.self) }
        for _ in 0..<count {
            frame.objects.append(try file.read(Self.objectBytes, of: UInt8.self).withUnsafeBytes(object))
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
        try file.write(bytes)
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
}
