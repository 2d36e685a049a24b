/// Numbers that a network gave, with their shape; the last dimension runs fastest.
package struct Tensor: Sendable, Hashable {
    /// As the model file calls the output.
    package let name: String
    package let shape: [Int]
    /// As many as the product of the shape.
    package let values: [Float]

    package init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }

    /// The shape as people write it: `[1, 3549, 85]`.
    package var shapeText: String { "\(shape)" }
}
