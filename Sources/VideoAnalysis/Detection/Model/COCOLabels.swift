/// The 80 classes of the COCO detection challenge (Lin et al., 2014), in the order that detectors number them.
package enum COCOLabels {
    package static let names = [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
        "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
        "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
        "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
        "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
        "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
        "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard",
        "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
        "teddy bear", "hair drier", "toothbrush",
    ]

    /// Where the numbers begin of classes that COCO does not know.
    private static let firstOther = 2000

    /// A model's classes as the rows name them: a name of COCO's has COCO's number, whatever its place in the model.
    static func classes(named labels: [String]) -> [ObjectClass] {
        labels.enumerated().map { place, name in
            ObjectClass(id: names.firstIndex(of: name) ?? firstOther + place, name: name)
        }
    }
}
