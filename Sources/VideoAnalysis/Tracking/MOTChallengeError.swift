/// What is wrong with a MOTChallenge text file, and where.
package struct MOTChallengeError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Error, Hashable {
        case notANumber(String)
        case tooFewFields(Int)
        case notAFrame(Double)
        case noArea(width: Double, height: Double)
        case outOfRange(Double)
        case badFrameRate(Double)
        case file(String)
    }

    /// From 1; nil when it is not about one line.
    package var line: Int?
    package var reason: Reason

    package var description: String {
        let place = line.map { "line \($0): " } ?? ""
        return switch reason {
        case .notANumber(let text): "\(place)\"\(text)\" is not a finite number"
        case .tooFewFields(let count):
            "\(place)expected frame,id,x,y,width,height[,confidence[,class]], found \(count) fields"
        case .notAFrame(let number): "\(place)frame numbers are whole and count from 1, found \(number)"
        case .noArea(let width, let height): "\(place)width and height must be above 0, found \(width) x \(height)"
        case .outOfRange(let number): "\(place)\(number) is out of range, at most 2^24 are counted as pixels"
        case .badFrameRate(let rate): "\(place)the frame rate must be above 0, found \(rate)"
        case .file(let text): "\(place)\(text)"
        }
    }
}
