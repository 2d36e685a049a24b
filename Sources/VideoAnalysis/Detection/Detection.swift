/// One object that a detector found in one frame.
package struct Detection: Sendable, Hashable {
    /// In pixels of the upright frame.
    package var box: BoundingBox
    /// How sure the detector is, 0 to 1.
    package var confidence: Float
    /// The COCO class index, or one of ``ObjectClass``'s own.
    package var classID: Int
    package var className: String

    package init(box: BoundingBox, confidence: Float, classID: Int, className: String) {
        self.box = box
        self.confidence = confidence
        self.classID = classID
        self.className = className
    }

    package init(box: BoundingBox, confidence: Float, objectClass: ObjectClass) {
        self.init(box: box, confidence: confidence, classID: objectClass.id, className: objectClass.name)
    }
}
