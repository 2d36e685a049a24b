import COpenCV

/// OpenCV's people classifier over histograms of oriented gradients (Dalal and Triggs, 2005), without suppression.
final class PeopleClassifier {
    /// Where to look, and for people of what heights, in pixels.
    struct Region: Hashable {
        var area: BoundingBox
        var heights: ClosedRange<Float>
    }

    struct Window {
        /// Of the person, without the classifier's margin.
        var box: BoundingBox
        var score: Float
    }

    private let handle: OpaquePointer

    init() throws(VideoAnalysisError) {
        handle = try Image.make { result, error in copencv_people_create(result, error) }
    }

    deinit {
        copencv_people_release(handle)
    }

    /// - Parameter scaleStep: ratio of one height to the next, above 1.
    func search(
        _ image: Image, in regions: [Region], scaleStep: Double, threshold: Double
    ) throws(VideoAnalysisError) -> [Window] {
        let regions = regions.map { region in
            copencv_search_region(
                area: copencv_box(region.area), minimum_height: region.heights.lowerBound,
                maximum_height: region.heights.upperBound)
        }
        var list = copencv_list()
        defer { copencv_list_release(list) }
        try Image.check { error in
            regions.withUnsafeBufferPointer { regions in
                copencv_people_search(
                    handle, image.handle, regions.baseAddress, regions.count, scaleStep, threshold, &list, error)
            }
        }
        return list.items(as: copencv_person.self).map { Window(box: BoundingBox($0.box), score: $0.score) }
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
