/// A class of objects as the rows name it.
package struct ObjectClass: Sendable, Hashable {
    package let id: Int
    package let name: String

    package init(id: Int, name: String) {
        self.id = id
        self.name = name
    }

    /// COCO's first class.
    package static let person = ObjectClass(id: 0, name: "person")
    /// Something that moves before a still background and does not look like a person. Numbered away from COCO's.
    package static let movingObject = ObjectClass(id: 1000, name: "moving_object")
}
