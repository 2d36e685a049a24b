/// Elements evenly spread over a sequence whose length is not known: when there are too many, every second one goes,
/// and from then on half as many are taken.
package struct EvenSample<Element> {
    package private(set) var elements: [Element] = []
    /// All that were offered.
    package private(set) var offered = 0
    private let most: Int
    private var stride = 1

    /// - Parameter most: At least 2; between half of it and all of it are kept once so many came.
    package init(most: Int) {
        self.most = max(most, 2)
    }

    /// - Parameter element: Made only when it is taken.
    package mutating func offer(
        _ element: @autoclosure () throws(VideoAnalysisError) -> Element
    ) throws(VideoAnalysisError) {
        defer { offered += 1 }
        guard offered % stride == 0 else { return }
        if elements.count == most {
            elements = elements.indices.filter { $0 % 2 == 0 }.map { elements[$0] }
            stride *= 2
            guard offered % stride == 0 else { return }
        }
        elements.append(try element())
    }
}

extension EvenSample: Sendable where Element: Sendable {}
