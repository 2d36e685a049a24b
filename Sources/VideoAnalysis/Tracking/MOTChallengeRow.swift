/// One box of a MOTChallenge text file: `frame,id,x,y,width,height[,confidence[,class[,...]]]`, frames from 1.
///
/// Milan et al., "MOT16: A Benchmark for Multi-Object Tracking", 2016. Files of detections carry the id -1.
package struct MOTChallengeRow: Sendable, Hashable {
    /// From 1.
    package var frame: Int
    package var trackID: Int?
    package var box: BoundingBox
    /// 1 where the file says nothing, which it also does by -1.
    package var confidence: Float
    /// The eighth field where it is a whole number from 0: MOT15 keeps world coordinates or -1 in its place.
    package var classID: Int?

    package init(frame: Int, trackID: Int?, box: BoundingBox, confidence: Float, classID: Int?) {
        self.frame = frame
        self.trackID = trackID
        self.box = box
        self.confidence = confidence
        self.classID = classID
    }

    /// Reads one line, its fields separated by commas or white space.
    ///
    /// - Throws: the reason as text, to be completed by the line's number.
    init(parsing line: Slice<UnsafeBufferPointer<UInt8>>) throws(MOTChallengeError.Reason) {
        var numbers = SIMD8<Double>(repeating: -1)
        var count = 0
        var position = line.startIndex
        while position < line.endIndex, count < 8 {
            var end = position
            while end < line.endIndex, !Self.isSeparator(line[end]) { end += 1 }
            if end > position {
                guard let number = DecimalText.parse(line[position..<end]) else {
                    throw .notANumber(String(decoding: line[position..<end], as: UTF8.self))
                }
                numbers[count] = number
                count += 1
            }
            position = end + 1
        }
        guard count >= 6 else { throw .tooFewFields(count) }
        guard let frame = Int(exactly: numbers[0]), frame >= 1 else { throw .notAFrame(numbers[0]) }
        guard numbers[4] > 0, numbers[5] > 0 else { throw .noArea(width: numbers[4], height: numbers[5]) }
        for place in 2...6 where abs(numbers[place]) > Self.largest { throw .outOfRange(numbers[place]) }
        self.frame = frame
        trackID = Int(exactly: numbers[1]).flatMap { $0 > 0 ? $0 : nil }
        // However thin the box is, rounding leaves it an area.
        let (x1, y1) = (Float(numbers[2]), Float(numbers[3]))
        box = BoundingBox(
            x1: x1, y1: y1, x2: max(Float(numbers[2] + numbers[4]), x1.nextUp),
            y2: max(Float(numbers[3] + numbers[5]), y1.nextUp))
        let confidence = Float(numbers[6])
        self.confidence = confidence == -1 ? 1 : confidence
        classID = Int(exactly: numbers[7]).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Appends the row as a line of ten fields.
    package func write(to text: inout [UInt8]) {
        let numbers: [Double] = [
            Double(frame), Double(trackID ?? -1), Double(box.x1), Double(box.y1),
            max(Double(box.x2) - Double(box.x1), Self.smallest), max(Double(box.y2) - Double(box.y1), Self.smallest),
            Double(confidence), Double(classID ?? -1),
        ]
        for number in numbers {
            DecimalText.write(number, to: &text)
            text.append(UInt8(ascii: ","))
        }
        text.append(contentsOf: "-1,-1\n".utf8)
    }

    /// Up to here single precision tells pixels apart.
    private static let largest = 16_777_216.0
    /// What six decimals still tell from 0.
    private static let smallest = 1e-6

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 13
    }
}
