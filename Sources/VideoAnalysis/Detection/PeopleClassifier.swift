import COpenCV

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// OpenCV's people classifier over histograms of oriented gradients (Dalal and Triggs, 2005), without suppression.
final class PeopleClassifier {
    /// Where to look, and for people of what heights, in pixels.
    struct Region: Hashable {
        var area: BoundingBox
        var heights: ClosedRange<Float>
    }

    struct Window: Sendable {
        /// Of the person, without the classifier's margin.
        var box: BoundingBox
        var score: Float
    }

    private let model: Model
    private let pool: ThreadPool

    /// - Parameter threads: How many look at once, the calling one included.
    init(threads: Int) throws(VideoAnalysisError) {
        model = try Model()
        pool = ThreadPool(count: threads)
    }

    /// Windows in the order of the regions, then of heights, then of rows, however many threads there are.
    ///
    /// - Parameter scaleStep: ratio of one height to the next, above 1.
    func search(
        _ image: Image, in regions: [Region], scaleStep: Double, threshold: Double
    ) throws(VideoAnalysisError) -> [Window] {
        let searches = regions.flatMap { region in
            Self.heights(in: region.heights, step: scaleStep).map { Search(area: region.area, height: $0) }
        }
        let longestFirst = searches.indices.sorted { (searches[$1].cost, $0) < (searches[$0].cost, $1) }
        let found = pool.map(searches.count) { [model] index in
            let search = searches[longestFirst[index]]
            return Result { () throws(VideoAnalysisError) in
                try model.windows(of: image, in: search.area, height: search.height, threshold: threshold)
            }
        }
        var ordered = [[Window]](repeating: [], count: searches.count)
        for (index, windows) in zip(longestFirst, found) { ordered[index] = try windows.get() }
        return ordered.flatMap { $0 }
    }

    private static func heights(in range: ClosedRange<Float>, step: Double) -> [Double] {
        let count = Int((log(Double(range.upperBound / range.lowerBound) * 1.0001) / log(step)).rounded(.down))
        return (0...max(count, 0)).map { Double(range.lowerBound) * pow(step, Double($0)) }
    }

    /// One area to be searched for people of one height.
    private struct Search {
        var area: BoundingBox
        var height: Double

        /// Grows with the time it takes: the pixels of the area when people of this height are scaled to one size.
        var cost: Double { (Double(area.width) / height + 1) * (Double(area.height) / height + 1) }
    }

    /// Unchecked since OpenCV's classifier lies behind a C pointer, and is only read once it is made.
    private final class Model: @unchecked Sendable {
        private let handle: OpaquePointer

        init() throws(VideoAnalysisError) {
            handle = try Image.make { result, error in copencv_people_create(result, error) }
        }

        deinit {
            copencv_people_release(handle)
        }

        func windows(
            of image: Image, in area: BoundingBox, height: Double, threshold: Double
        ) throws(VideoAnalysisError) -> [Window] {
            var list = copencv_list()
            defer { copencv_list_release(list) }
            try Image.check { error in
                copencv_people_search(handle, image.handle, copencv_box(area), height, threshold, &list, error)
            }
            return list.items(as: copencv_person.self).map { Window(box: BoundingBox($0.box), score: $0.score) }
        }
    }
}

extension copencv_list {
    func items<Item>(as type: Item.Type) -> [Item] {
        guard let items else { return [] }
        let bytes = UnsafeRawBufferPointer(start: items, count: count * MemoryLayout<Item>.stride)
        return Array(bytes.bindMemory(to: type))
    }
}

extension copencv_box {
    init(_ box: BoundingBox) {
        self.init(x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2)
    }
}

extension BoundingBox {
    init(_ box: copencv_box) {
        self.init(x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2)
    }
}
